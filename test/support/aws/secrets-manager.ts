/**
 * A stand-in for AWS Secrets Manager, in process and stateful, over real HTTP on loopback: what this project uses of
 * the API, in the protocol of the SDK (AWS JSON 1.1). Point AWS_ENDPOINT_URL at it.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../../../lib/util/clock.ts';

type Version = { readonly id: string; readonly text: string; readonly createdAt: number; stages: string[] };
type StoredSecret = { readonly name: string; readonly arn: string; readonly versions: Version[] };
type Body = { readonly [name: string]: unknown };

/** An error as the service answers it. */
export class AwsFault extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.name = type;
    this.type = type;
    this.status = status;
  }
}

type Reply = { readonly status: number; readonly text: string } | 'no-answer' | 'silence';

const notFound = (what: string) => new AwsFault('ResourceNotFoundException', `Secrets Manager can't find ${what}.`);

export class StandInSecretsManager {
  /** The actions that were asked for, in order. */
  readonly calls: string[] = [];
  /** Asked before each request: a fault is the answer, 'no-answer' ends the connection, 'silence' leaves it open. */
  fault: (action: string) => AwsFault | 'no-answer' | 'silence' | undefined = () => undefined;
  /** Values come back as `SecretBinary`, as where they were put as a file. */
  isBinary = false;
  readonly #secrets = new Map<string, StoredSecret>();
  readonly #clock: Clock;
  readonly #server: Server;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#server = createServer((request, response) => {
      void this.#serve(request).then((answer) => {
        if (answer === 'no-answer') request.socket.destroy();
        else if (answer !== 'silence')
          response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(answer.text);
      });
    });
  }

  /** The address for AWS_ENDPOINT_URL. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The deployment makes a secret, perhaps with a value. Returns its ARN. */
  create(name: string, text?: string): string {
    if (this.#secrets.has(name)) {
      throw new AwsFault('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
    }
    const arn = `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-a1B2c3`;
    const secret: StoredSecret = { name, arn, versions: [] };
    this.#secrets.set(name, secret);
    if (text !== undefined) this.put(name, text);
    return arn;
  }

  /** Somebody puts a value there. It is the current one from now on, and the one before it the previous. */
  put(id: string, text: string, token: string = randomUUID()): Version {
    const { versions } = this.#find(id);
    const again = versions.find((version) => version.id === token);
    if (again && again.text !== text) {
      throw new AwsFault(
        'ResourceExistsException',
        `You can't use ClientRequestToken ${token} because that value is already in use for a version of this secret.`,
      );
    }
    if (again) return again;
    const current = versions.find((version) => version.stages.includes('AWSCURRENT'));
    if (current) {
      for (const version of versions) version.stages = version.stages.filter((stage) => stage !== 'AWSPREVIOUS');
      current.stages = ['AWSPREVIOUS'];
    }
    const version = { id: token, text, createdAt: this.#clock.now(), stages: ['AWSCURRENT'] };
    versions.push(version);
    return version;
  }

  /** The text that has this stage now, or undefined. */
  value(id: string, stage = 'AWSCURRENT'): string | undefined {
    return this.#find(id).versions.find((version) => version.stages.includes(stage))?.text;
  }

  async #serve(request: IncomingMessage): Promise<Reply> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const action = String(request.headers['x-amz-target']).replace('secretsmanager.', '');
    return this.reply(action, JSON.parse(Buffer.concat(parts).toString('utf8')), request.headers.authorization);
  }

  /** `action` is such as `GetSecretValue`. */
  reply(action: string, given: Body, authorization: string | undefined): Reply {
    this.calls.push(action);
    try {
      const fault = this.fault(action);
      if (fault === 'no-answer' || fault === 'silence') return fault;
      if (fault) throw fault;
      if (!authorization?.startsWith('AWS4-HMAC-SHA256 ')) {
        throw new AwsFault('MissingAuthenticationTokenException', 'Missing Authentication Token');
      }
      return { status: 200, text: JSON.stringify(this.#answer(action, given)) };
    } catch (error) {
      if (!(error instanceof AwsFault)) throw error;
      return { status: error.status, text: JSON.stringify({ __type: error.type, Message: error.message }) };
    }
  }

  #answer(action: string, body: Body): object {
    const id = String(body['SecretId']);
    switch (action) {
      case 'CreateSecret': {
        const name = String(body['Name']);
        const text = body['SecretString'];
        return { ARN: this.create(name, typeof text === 'string' ? text : undefined), Name: name };
      }
      case 'PutSecretValue': {
        const version = this.put(id, String(body['SecretString']), String(body['ClientRequestToken'] ?? randomUUID()));
        return { ...this.#label(id), VersionId: version.id, VersionStages: version.stages };
      }
      case 'GetSecretValue': {
        const stage = String(body['VersionStage'] ?? 'AWSCURRENT');
        const version = this.#find(id).versions.find((each) => each.stages.includes(stage));
        if (!version) throw notFound(`the specified secret value for staging label: ${stage}`);
        return {
          ...this.#label(id),
          ...(this.isBinary
            ? { SecretBinary: Buffer.from(version.text).toString('base64') }
            : { SecretString: version.text }),
          VersionId: version.id,
          VersionStages: version.stages,
          CreatedDate: version.createdAt / 1_000,
        };
      }
      case 'DescribeSecret': {
        const stages = this.#find(id).versions.map((version) => [version.id, version.stages]);
        return { ...this.#label(id), VersionIdsToStages: Object.fromEntries(stages) };
      }
      default:
        throw new AwsFault('UnknownOperationException', `${action} is not known here`);
    }
  }

  #label(id: string): object {
    const { arn, name } = this.#find(id);
    return { ARN: arn, Name: name };
  }

  #find(id: string): StoredSecret {
    const secret = this.#secrets.get(id) ?? [...this.#secrets.values()].find((each) => each.arn === id);
    if (!secret) throw notFound('the specified secret');
    return secret;
  }
}
