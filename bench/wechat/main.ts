import { createServer, type IncomingMessage } from 'node:http';
import {
  APP_ID,
  SESSION_KEY,
  openid,
  personOfJsCode,
  personOfPhoneCode,
  phoneNumber,
  unionid,
} from '../people/people.js';

/** A WeChat that agrees with everybody, at as little CPU as can be: its protocol, none of its rules. */

const SESSION = '/sns/jscode2session?';
const TOKEN = '/cgi-bin/stable_token';
const PHONE_NUMBER = '/wxa/business/getuserphonenumber?';
const JS_CODE = 'js_code=';
const KEEP_ALIVE_MS = 600_000;

const server = createServer((request, response) => {
  void answer(request).then((body) => {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));

async function answer(request: IncomingMessage): Promise<string> {
  const url = request.url!;
  if (url.startsWith(SESSION)) return session(url);
  const body = await read(request);
  if (url.startsWith(TOKEN)) return `{"access_token":"${'t'.repeat(136)}","expires_in":7200}`;
  if (url.startsWith(PHONE_NUMBER)) return phone((JSON.parse(body) as { code: string }).code);
  // What the programs ask for when they are started.
  return '{"errcode":0,"errmsg":"ok"}';
}

function session(url: string): string {
  const start = url.indexOf(JS_CODE) + JS_CODE.length;
  const person = personOfJsCode(url.slice(start, start + 32));
  return `{"session_key":"${SESSION_KEY}","openid":"${openid(person)}","unionid":"${unionid(person)}"}`;
}

function phone(code: string): string {
  const number = phoneNumber(personOfPhoneCode(code));
  const watermark = { timestamp: Math.floor(Date.now() / 1000), appid: APP_ID };
  const phone_info = { phoneNumber: number, purePhoneNumber: number, countryCode: '86', watermark };
  return JSON.stringify({ errcode: 0, errmsg: 'ok', phone_info });
}

async function read(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const bytes of request) body += String(bytes);
  return body;
}
