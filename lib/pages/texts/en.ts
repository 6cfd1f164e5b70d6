import type { Texts } from './texts.ts';

export const ENGLISH = {
  lang: 'en',
  name: 'English',
  languages: 'Language',
  title: ({ domain }) => `Is ${domain} working?`,
  states: {
    live: {
      heading: 'This domain works',
      text: 'Visitors reach your website here, and the connection is secure. There is nothing you need to do.',
    },
    expiring: {
      heading: 'This domain works',
      text: 'The certificate for the secure connection is being renewed. There is nothing you need to do.',
    },
    working: {
      heading: 'Almost ready',
      text: 'The DNS records are right. We are connecting the domain to your website and getting its certificate. This usually takes from a few minutes to an hour. There is nothing you need to do.',
    },
    dns: {
      heading: 'Please set your DNS records',
      text: 'The domain does not lead to your website yet. Set the records below where the DNS of your domain is kept. We do the rest by ourselves.',
    },
    movedAway: {
      heading: 'This domain leads elsewhere now',
      text: 'It led to your website before. If you did not mean to change that, set the DNS records below. If you did, please tell whoever runs your website.',
    },
    proxied: ({ by }) => ({
      heading: `Please switch the proxy of ${by} off for now`,
      text: `Visitors of this domain are led through ${by} and not straight to the server, so we cannot get a certificate. Switch the proxy off (“DNS only”). We do the rest by ourselves.`,
    }),
    checking: {
      heading: 'This domain was added just now',
      text: 'We have not looked at it yet. In a few minutes this page shows whether you need to set anything.',
    },
    network: {
      heading: 'There is nothing you need to do',
      text: 'This address is served together with others of the network. There is nothing to set for it.',
    },
    provider: {
      heading: 'There is nothing you need to do',
      text: 'The domain does not work yet. Whoever runs your website has to change something, and has been shown what.',
    },
    unmapped: {
      heading: 'This domain is not connected to a website here any more',
      text: 'If you want to use it again, please ask whoever runs your website.',
    },
  },
  steps: {
    heading: 'Progress',
    dns: 'DNS records',
    server: 'Connection to your website',
    certificate: 'Certificate for the secure connection',
  },
  stepStates: { done: 'done', now: 'in progress', problem: 'needs a change', later: 'comes later' },
  records: {
    heading: 'Set these DNS records',
    caption: 'DNS records that this domain needs, and what they are now',
    type: 'Type',
    name: 'Name',
    value: 'Value',
    now: 'Now',
    state: 'State',
    right: 'right',
    change: 'to change',
    remove: 'delete this record',
    none: 'none',
    unknown: 'not known',
    copy: ({ value }) => `Copy ${value}`,
    copied: 'Copied',
    hours:
      'It can take from a few minutes to some hours until everybody sees a change. You can close this page and open the link again later.',
  },
  host: {
    heading: 'Where to set them',
    known: ({ provider }) => `The DNS of this domain is kept at ${provider}. Please log in there.`,
    unknown: ({ nameServers }) =>
      `The DNS of this domain is kept by these name servers: ${nameServers}. They usually belong to the company where the domain was bought.`,
    nobody: 'Usually at the company where the domain was bought.',
    link: ({ provider }) => `How to set DNS records at ${provider} (their page)`,
  },
  proxy: {
    heading: 'How to switch the proxy off',
    text: ({ by }) =>
      `Log in at ${by} and switch the proxy off for this domain, so that it leads straight to the server. The setting is often called “DNS only” or shown as a grey cloud. As soon as this page says that the domain works, you may switch the proxy on again.`,
  },
  mail: {
    heading: 'Does somebody else keep your DNS?',
    intro: 'Send them this text.',
    open: 'Open as an e-mail',
    copy: 'Copy the text',
    subject: ({ domain }) => `DNS records for ${domain}`,
    body: ({ domain, records, url }) =>
      `Hello,\n\nplease make these changes to the DNS of ${domain}:\n\n${records}\n\nThis page shows whether the records are right:\n${url}\n\nThank you`,
    record: ({ type, name, value }) => `Set the ${type} record of ${name}: ${value}`,
    removal: ({ type, name, now }) => `Delete the ${type} record of ${name} (now: ${now})`,
  },
  check: {
    button: 'Check again',
    asked: 'We are looking. This page shows the result in a moment.',
    wait: 'We looked less than a minute ago. Please try again in a minute.',
    failed: 'We cannot check right now. Please try again later.',
    looked: ({ time }) => `Last look: ${time}`,
    updates: 'This page updates itself.',
  },
  expires: ({ date }) => `This link works until ${date}.`,
  badLink: {
    heading: 'This link does not work',
    text: 'It may have expired, or a part of it may be missing. Please ask whoever runs your website for a new link.',
  },
  busy: {
    heading: 'Please try again in a few minutes',
    text: 'We cannot show this page at the moment. Your domain is not affected by this.',
  },
} as const satisfies Texts;
