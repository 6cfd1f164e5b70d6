/** What the customer's page says, in one language. Nothing in it knows HTML. */
export type Texts = {
  /** BCP 47, for `lang`. */
  readonly lang: 'en' | 'th' | 'gu' | 'id';
  /** The language's name in itself, for the choice of languages. */
  readonly name: string;
  /** Label of the choice of languages. */
  readonly languages: string;
  readonly title: (of: { domain: string }) => string;
  /** Headline, and what it means for the customer. */
  readonly states: {
    /** Visitors reach it, with a valid certificate. */
    readonly live: Headed;
    /** It works, and its certificate is being renewed. Nothing to do. */
    readonly expiring: Headed;
    /** DNS is right. The service connects the domain and requests the certificate: minutes to an hour, nothing to do. */
    readonly working: Headed;
    /** Records have to be set where the DNS is kept. */
    readonly dns: Headed;
    /** It worked before, and its records lead elsewhere now. */
    readonly movedAway: Headed;
    /** The proxy `by` has to be off until the certificate is there. */
    readonly proxied: (of: { by: string }) => Headed;
    /** Just mapped, not looked at yet. */
    readonly checking: Headed;
    /** The network serves it together with others. */
    readonly network: Headed;
    /** The customer can do nothing. Whoever runs the website has been shown what to do. */
    readonly provider: Headed;
    /** The domain is not mapped to a website of this network any more. */
    readonly unmapped: Headed;
  };
  /** The three steps of a domain on its way. */
  readonly steps: {
    readonly heading: string;
    readonly dns: string;
    readonly server: string;
    readonly certificate: string;
  };
  /** How far a step is, for screen readers. */
  readonly stepStates: {
    readonly done: string;
    readonly now: string;
    readonly problem: string;
    readonly later: string;
  };
  readonly records: {
    readonly heading: string;
    /** Caption of the table, for screen readers. */
    readonly caption: string;
    /** Columns, from `type` to `state`. */
    readonly type: string;
    readonly name: string;
    readonly value: string;
    readonly now: string;
    readonly state: string;
    /** In the column `state`. */
    readonly right: string;
    readonly change: string;
    /** In the column `value`: there must be no such record. */
    readonly remove: string;
    /** In the column `now`. */
    readonly none: string;
    readonly unknown: string;
    readonly copy: (of: { value: string }) => string;
    readonly copied: string;
    /** How long it takes until everybody sees a change. */
    readonly hours: string;
  };
  /** Where the records are set. */
  readonly host: {
    readonly heading: string;
    readonly known: (of: { provider: string }) => string;
    readonly unknown: (of: { nameServers: string }) => string;
    /** No name server is known either. */
    readonly nobody: string;
    /** Link to the provider's own instructions. */
    readonly link: (of: { provider: string }) => string;
  };
  readonly proxy: { readonly heading: string; readonly text: (of: { by: string }) => string };
  /** For a customer whose DNS somebody else keeps. */
  readonly mail: {
    readonly heading: string;
    readonly intro: string;
    readonly open: string;
    readonly copy: string;
    readonly subject: (of: { domain: string }) => string;
    /** Plain text. `records` are lines of `record` and `removal`, `url` is the page itself. */
    readonly body: (of: { domain: string; records: string; url: string }) => string;
    readonly record: (of: { type: string; name: string; value: string }) => string;
    readonly removal: (of: { type: string; name: string; now: string }) => string;
  };
  /** The button that asks for a look. */
  readonly check: {
    readonly button: string;
    readonly asked: string;
    /** There was a look less than a minute ago. */
    readonly wait: string;
    readonly failed: string;
    /** `time` is formatted already. */
    readonly looked: (of: { time: string }) => string;
    readonly updates: string;
  };
  /** `date` is formatted already. */
  readonly expires: (of: { date: string }) => string;
  /** One text for a link that has expired, is cut, or never was right: a stranger learns nothing from it. */
  readonly badLink: Headed;
  /** Too many requests, or the service cannot answer. */
  readonly busy: Headed;
};

export type Headed = { readonly heading: string; readonly text: string };
