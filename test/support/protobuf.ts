/** The fields of a message by their number; numbers of any size, texts, bytes and messages as bytes. */
export type Fields = Map<number, (Buffer | bigint)[]>;

/** Reads a message without its schema. @see https://protobuf.dev/programming-guides/encoding/ */
export function fieldsOf(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[offset++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => bytes.subarray(offset, (offset += length));
  const valueOf = (wireType: number): Buffer | bigint => {
    if (wireType === 0) return varint();
    if (wireType === 1) return take(8);
    if (wireType === 2) return take(Number(varint()));
    if (wireType === 5) return take(4);
    throw new Error(`No wire type ${wireType}`);
  };
  while (offset < bytes.length) {
    const tag = Number(varint());
    const value = valueOf(tag & 7);
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

/** The bytes of a field; none when it is absent. */
export function bytesIn(fields: Fields, field: number): Buffer {
  return (fields.get(field)?.[0] as Buffer | undefined) ?? Buffer.alloc(0);
}

export function textIn(fields: Fields, field: number): string {
  return bytesIn(fields, field).toString();
}
