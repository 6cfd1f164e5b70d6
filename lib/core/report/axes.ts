/** Where one domain stands, axis by axis, for people. Of an answer, whose words a newer service may add to. */
type Stands = {
  readonly mapping: 'on RunCloud' | 'not on RunCloud';
  readonly owned: boolean;
  readonly dns: string;
  readonly certificate: string;
};

export function isLive({ mapping, dns, certificate }: Omit<Stands, 'owned'>): boolean {
  return (
    mapping === 'on RunCloud' &&
    (dns === 'pointing' || dns === 'proxied') &&
    (certificate === 'valid' || certificate === 'expiring')
  );
}

export type Axis = { readonly axis: string; readonly found: string; readonly isWell: boolean | undefined };

export function axesOf({ mapping, owned, dns, certificate }: Stands): readonly Axis[] {
  const ours = owned ? 'added or adopted by this service' : 'not ours: this service changes nothing about it';
  const isOn = mapping === 'on RunCloud';
  return [
    { axis: 'RunCloud', found: isOn ? `there, ${ours}` : 'not there', isWell: isOn },
    { axis: 'DNS', found: dns, isWell: dns === 'unknown' ? undefined : dns === 'pointing' || dns === 'proxied' },
    {
      axis: 'certificate',
      found: certificate,
      isWell: certificate === 'unknown' ? undefined : certificate === 'valid' || certificate === 'expiring',
    },
  ];
}

const WORDS: Readonly<Record<string, string>> = {
  add: 'it is added to RunCloud',
  update: 'its www and redirection are changed',
  remove: 'it is removed from RunCloud',
  adopt: 'it is adopted',
  forget: 'it is forgotten',
  issue: 'its certificate is requested',
};

/** @example `it is added to RunCloud` */
export function describeStep(action: string): string {
  return WORDS[action] ?? action;
}
