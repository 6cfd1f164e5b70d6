/** The reader, through the real SDK, against HTTP. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SecretSource, secretsManagerReader } from '../../lib/aws/secret.ts';
import { explainAwsError, type SecretUnreadyError } from '../../lib/aws/secret-error.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { AwsFault, StandInSecretsManager } from '../support/aws/secrets-manager.ts';
import { simulatedClock } from '../support/clock.ts';

const SECRET = 'multisite-runcloud/production/runcloud';
const REF = { kind: 'runcloud', id: SECRET } as const;
const VALUE = '{"POLICY":"sync","WEBHOOK_SECRET":"MARKED"}';

async function setUp() {
  const clock = simulatedClock();
  const aws = new StandInSecretsManager(clock);
  const url = await aws.listen();
  const environment = { AWS_ENDPOINT_URL: url, AWS_REGION: 'eu-central-1', AWS_EC2_METADATA_DISABLED: 'true' };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'testing');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'testing');
  vi.stubEnv('AWS_SESSION_TOKEN', undefined);
  vi.stubEnv('AWS_PROFILE', undefined);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await aws.close();
  });
  const failureOf = async (id = SECRET): Promise<SecretUnreadyError> => {
    const source = new SecretSource({ kind: 'runcloud', id }, { clock, log: jsonLog(clock, () => {}) });
    return source.get().then(
      () => {
        throw new Error('it was read');
      },
      (error: SecretUnreadyError) => error,
    );
  };
  return { aws, clock, failureOf };
}

describe('the reader of Secrets Manager', () => {
  it('reads both stages, by name and by ARN', async () => {
    const { aws } = await setUp();
    const arn = aws.create(SECRET, VALUE);
    const later = '{"POLICY":"observe"}';
    aws.put(SECRET, later);
    expect(await secretsManagerReader(SECRET).read('AWSCURRENT')).toBe(later);
    expect(await secretsManagerReader(arn).read('AWSCURRENT')).toBe(later);
    expect(await secretsManagerReader(arn).read('AWSPREVIOUS')).toBe(VALUE);
    expect(aws.calls).toEqual(['GetSecretValue', 'GetSecretValue', 'GetSecretValue']);
  });

  it('finds nothing in a secret that has no value yet, or had none before', async () => {
    const { aws, failureOf } = await setUp();
    aws.create(SECRET);
    expect(await secretsManagerReader(SECRET).read('AWSCURRENT')).toBeUndefined();
    expect(await failureOf()).toMatchObject({ fault: 'empty' });
    aws.put(SECRET, VALUE);
    expect(await secretsManagerReader(SECRET).read('AWSPREVIOUS')).toBeUndefined();
  });

  it('takes a value that was put there as a file', async () => {
    const { aws } = await setUp();
    aws.create(SECRET, VALUE);
    aws.isBinary = true;
    expect(await secretsManagerReader(SECRET).read('AWSCURRENT')).toBe(VALUE);
  });

  it('does not take a refusal for the absence of a version before', async () => {
    const { aws } = await setUp();
    aws.create(SECRET, VALUE);
    aws.fault = () => new AwsFault('AccessDeniedException', 'no');
    await expect(secretsManagerReader(SECRET).read('AWSPREVIOUS')).rejects.toThrow();
    aws.fault = () => new AwsFault('ResourceNotFoundException', 'In other words.');
    expect(await secretsManagerReader(SECRET).read('AWSPREVIOUS')).toBeUndefined();
  });

  it('does not wait for ever where nobody answers', async () => {
    const { aws, failureOf } = await setUp();
    aws.create(SECRET, VALUE);
    aws.fault = () => 'silence';
    const startedAt = Date.now();
    expect((await failureOf()).message).toMatch(/could not be asked \(ETIMEDOUT\)/);
    expect(Date.now() - startedAt).toBeLessThan(20_000);
  });

  it('tells a secret that is not there from one that is empty', async () => {
    const { failureOf } = await setUp();
    expect(await failureOf()).toMatchObject({
      fault: 'missing',
      message: `There is no secret ${SECRET} in this account and region, or it has no value.`,
      whatToDo: expect.stringContaining('npx sst deploy'),
    });
  });

  it.each([
    [
      new AwsFault('AccessDeniedException', 'User: arn:x is not authorized to perform: y'),
      /AWS denies it \(User: arn:x/,
    ],
    [
      new AwsFault('ExpiredTokenException', 'The security token included in the request is expired'),
      /session has expired/,
    ],
    [
      new AwsFault('UnrecognizedClientException', 'The security token included in the request is invalid.'),
      /does not know/,
    ],
    [new AwsFault('InvalidRequestException', 'because it was marked for deletion.'), /marked for deletion/],
    [new AwsFault('DecryptionFailure', 'no'), /could not decrypt/],
    [new AwsFault('InternalServiceError', 'MARKED', 500), /could not be asked \(InternalServiceError\)/],
    ['no-answer', /could not be asked \(ECONNRESET\)/],
  ] as const)('does not take %s for an empty secret', async (fault, words) => {
    const { aws, failureOf } = await setUp();
    aws.create(SECRET, VALUE);
    aws.fault = () => fault;
    const failure = await failureOf();
    expect(failure.fault).toBe('unreadable');
    expect(failure.message).toContain(`Could not read the secret ${SECRET}: `);
    expect(failure.message).toMatch(words);
    expect(failure.message).not.toMatch(/MARKED|empty/);
  });

  it('names the secret by its name where it has the ARN', async () => {
    const { aws, failureOf } = await setUp();
    const arn = aws.create(SECRET, '{}');
    const failure = await failureOf(arn);
    expect(failure.message).toBe(`The secret ${SECRET} is empty.`);
    expect(failure.whatToDo).toContain('npx mrc init --stage production');
  });

  it('says so where no region, or no credentials are set', async () => {
    const { failureOf } = await setUp();
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, '/nowhere');
    vi.stubEnv('AWS_REGION', undefined);
    expect((await failureOf()).message).toMatch(/no AWS region is set/);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    expect((await failureOf()).message).toMatch(/there are no AWS credentials/);
  });

  it('says what was tried', () => {
    expect(explainAwsError(new Error('x'), REF, 'write').message).toMatch(/^Could not write the secret/);
  });
});
