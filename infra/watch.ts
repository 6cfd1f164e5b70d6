/** What an alarm watches. */
export type Watch = {
  /** Its name within the deployment. */
  readonly name: string;
  readonly means: string;
  readonly whatToDo: string;
  readonly when: Pick<
    aws.cloudwatch.MetricAlarmArgs,
    | 'namespace'
    | 'metricName'
    | 'dimensions'
    | 'statistic'
    | 'period'
    | 'metricQueries'
    | 'threshold'
    | 'comparisonOperator'
    | 'evaluationPeriods'
    | 'treatMissingData'
  >;
};

export const FIVE_MINUTES_S = 300;
