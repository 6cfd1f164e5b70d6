/** Alarms for what needs a person, and the topic that publishes them. */
import type { Functions } from './functions.ts';
import type { Messages } from './messages.ts';
import { nameOf } from './names.ts';
import type { Options } from './options.ts';
import { watches } from './watches.ts';

/** Also subscribes the e-mail address, if there is one. */
export function createAlarms(
  functions: Functions,
  messages: Messages,
  api: sst.aws.ApiGatewayV2,
  { alarmEmail }: Options,
) {
  const topic = new aws.sns.Topic('Alarms', { name: nameOf('alarms') });
  const alarms = watches(functions, messages, api).map(
    ({ name, means, whatToDo, when }) =>
      new aws.cloudwatch.MetricAlarm(
        `Alarm${name.replaceAll(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase())}`,
        {
          ...when,
          name: nameOf(name),
          alarmDescription: `${means} ${whatToDo} More in docs/aws-operations.md, section "Alarms".`,
          alarmActions: [topic.arn],
          okActions: [topic.arn],
        },
      ),
  );
  const { json } = aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        actions: ['sns:Publish'],
        resources: [topic.arn],
        principals: [{ type: 'Service', identifiers: ['cloudwatch.amazonaws.com'] }],
        conditions: [{ test: 'ArnEquals', variable: 'aws:SourceArn', values: alarms.map(({ arn }) => arn) }],
      },
    ],
  });
  new aws.sns.TopicPolicy('AlarmsPolicy', { arn: topic.arn, policy: json });
  if (alarmEmail !== undefined) {
    new aws.sns.TopicSubscription('AlarmsEmail', { topic: topic.arn, protocol: 'email', endpoint: alarmEmail });
  }
  return { topic, alarms };
}
