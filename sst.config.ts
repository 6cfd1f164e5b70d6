/// <reference path="./.sst/platform/config.d.ts" />

/** The deployment to AWS, for `npx sst deploy --stage …`. Its parts are in infra/. */
export default $config({
  app({ stage }) {
    // A network's customers may depend on any stage, so SST may remove only those called `dev` or `dev-…`.
    const isThrowaway = /^dev(-|$)/.test(stage);
    return {
      name: 'multisite-runcloud',
      home: 'aws',
      // Pinned: another version of SST may write other policies than those that the tests check.
      version: '4.17.1',
      // `retain` keeps the ledger when the rest is removed. `protect` refuses `sst remove`.
      removal: isThrowaway ? 'remove' : 'retain',
      protect: !isThrowaway,
    };
  },
  async run() {
    // SST allows no import at the top of this file.
    const { checkRegion, readRegionRecord } = await import('./infra/region.ts');
    const { readOptions } = await import('./infra/options.ts');
    const { setFunctionDefaults } = await import('./infra/defaults.ts');
    const { createStorage } = await import('./infra/storage.ts');
    const { createMessages } = await import('./infra/messages.ts');
    const { createNetwork } = await import('./infra/network.ts');
    const { createApi, targetOf } = await import('./infra/api.ts');
    const { createFunctions } = await import('./infra/functions.ts');
    const { createTriggers } = await import('./infra/triggers.ts');
    const { createAlarms } = await import('./infra/alarms.ts');
    const { createDashboard } = await import('./infra/dashboard.ts');

    const options = readOptions(process.env, { ...$app, command: $dev ? 'dev' : 'deploy' });
    // SST puts it there, wherever it comes from: the environment or a profile.
    const region = String($app.providers?.['aws']?.region);
    if (options.lifetime === 'kept') {
      const warning = checkRegion(region, options.stage, readRegionRecord($cli.paths.root, options.stage));
      // SST shows lines of standard error, and no warnings of Pulumi.
      if (warning !== undefined) process.stderr.write(`${warning}\n`);
    }
    setFunctionDefaults();
    const storage = createStorage(options);
    const messages = createMessages();
    const network = createNetwork(options);
    const api = createApi(options);
    const functions = createFunctions(storage, messages, network, api);
    createTriggers(functions, messages, api);
    const { topic, alarms } = createAlarms(functions, messages, api, options);
    const dashboard = createDashboard(messages, api, alarms, region);

    return {
      stage: $app.stage,
      region,
      webhookUrl: $interpolate`${api.url}/webhooks`,
      pluginWebhookUrl: $interpolate`${api.url}/webhooks/ultimate-multisite/<WEBHOOK_TOKEN>`,
      eventBus: messages.bus.name,
      webhookSecret: storage.webhookSecret,
      runcloudSecret: storage.runcloudSecret,
      ledger: storage.ledger.name,
      reconcile: functions.reconcile.name,
      queryUrl: $interpolate`${api.url}/queries`,
      query: functions.query.name,
      alarms: topic.arn,
      dashboard: dashboard.dashboardName,
      ...(options.webhookDomain.kind === 'elsewhere' ? { webhookDnsTarget: targetOf(api) } : {}),
      ...(network.kind === 'fixed' ? { outgoingAddress: network.address } : {}),
    };
  },
});
