import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Secret, Service } from 'kubernetes-models/v1';

/** A manifest, of whatever kind. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const models = [
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  NetworkPolicy,
  PodDisruptionBudget,
  Secret,
  Service,
];

/** What Kubernetes' own schema says of a manifest: wrong, missing and unknown fields. */
export function schemaProblems(manifest: Manifest): string[] {
  const Model = models.find(
    ({ apiVersion, kind }) => apiVersion === manifest.apiVersion && kind === manifest.kind,
  );
  if (!Model) return [`${manifest.apiVersion} ${manifest.kind} is not known here`];
  const fields = new ReadFields();
  try {
    // Not of a model, which would be a copy that nobody watches.
    Model.prototype.validate.call(fields.watch(manifest) as never);
  } catch (error) {
    return [(error as Error).message];
  }
  return fields.unread(manifest, '').map((path) => `${path.slice(1)} is no field of ${manifest.kind}`);
}

/** The schema's code passes over fields that it does not know: so they are those that it has not read. */
class ReadFields {
  private readonly read = new WeakMap<object, Set<string>>();
  private readonly watched = new WeakMap<object, object>();

  watch(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const names = new Set<string>();
    this.read.set(value, names);
    const get = (target: object, name: string | symbol) => {
      names.add(String(name));
      const field: unknown = Reflect.get(target, name);
      if (typeof field !== 'object' || field === null) return field;
      if (!this.watched.has(field)) this.watched.set(field, this.watch(field) as object);
      return this.watched.get(field);
    };
    return new Proxy(value, { get });
  }

  /** Paths of fields that nobody has read. */
  unread(value: unknown, path: string): string[] {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, field]) =>
      this.read.get(value)?.has(name) ? this.unread(field, `${path}.${name}`) : [`${path}.${name}`],
    );
  }
}
