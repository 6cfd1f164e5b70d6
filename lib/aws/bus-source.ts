/** The source of all events of this service, those that come in through its webhooks too. */
export const SOURCE = 'multisite-runcloud';
