import type { Texts } from './texts.ts';

export const INDONESIAN = {
  lang: 'id',
  name: 'Bahasa Indonesia',
  languages: 'Bahasa',
  title: ({ domain }) => `Apakah ${domain} sudah berfungsi?`,
  states: {
    live: {
      heading: 'Domain ini berfungsi',
      text: 'Pengunjung dapat membuka situs web Anda melalui domain ini, dan koneksinya aman. Anda tidak perlu melakukan apa pun.',
    },
    expiring: {
      heading: 'Domain ini berfungsi',
      text: 'Sertifikat untuk koneksi aman sedang diperpanjang. Anda tidak perlu melakukan apa pun.',
    },
    working: {
      heading: 'Hampir siap',
      text: 'Record DNS sudah benar. Kami sedang menghubungkan domain ke situs web Anda dan meminta sertifikatnya. Biasanya ini memerlukan beberapa menit hingga satu jam. Anda tidak perlu melakukan apa pun.',
    },
    dns: {
      heading: 'Silakan atur record DNS Anda',
      text: 'Domain ini belum mengarah ke situs web Anda. Atur record di bawah ini di tempat DNS domain Anda dikelola. Selebihnya kami kerjakan secara otomatis.',
    },
    movedAway: {
      heading: 'Domain ini sekarang mengarah ke tempat lain',
      text: 'Sebelumnya domain ini mengarah ke situs web Anda. Jika perubahan itu tidak disengaja, atur record DNS di bawah ini. Jika memang disengaja, beri tahu pengelola situs web Anda.',
    },
    proxied: ({ by }) => ({
      heading: `Silakan matikan proxy ${by} untuk sementara`,
      text: `Pengunjung domain ini diarahkan melalui ${by}, tidak langsung ke server, sehingga kami tidak dapat meminta sertifikat. Matikan proxy (“DNS only”). Selebihnya kami kerjakan secara otomatis.`,
    }),
    checking: {
      heading: 'Domain ini baru saja ditambahkan',
      text: 'Kami belum memeriksanya. Dalam beberapa menit halaman ini akan menunjukkan apakah ada yang perlu Anda atur.',
    },
    network: {
      heading: 'Anda tidak perlu melakukan apa pun',
      text: 'Alamat ini dilayani bersama alamat lain dalam jaringan. Tidak ada yang perlu diatur.',
    },
    provider: {
      heading: 'Anda tidak perlu melakukan apa pun',
      text: 'Domain ini belum berfungsi. Pengelola situs web Anda perlu mengubah sesuatu, dan petunjuknya sudah diberikan kepada mereka.',
    },
    unmapped: {
      heading: 'Domain ini tidak lagi terhubung ke situs web di sini',
      text: 'Jika Anda ingin memakainya lagi, silakan hubungi pengelola situs web Anda.',
    },
  },
  steps: {
    heading: 'Kemajuan',
    dns: 'Record DNS',
    server: 'Sambungan ke situs web Anda',
    certificate: 'Sertifikat untuk koneksi aman',
  },
  stepStates: { done: 'selesai', now: 'sedang berjalan', problem: 'perlu diubah', later: 'menyusul' },
  records: {
    heading: 'Atur record DNS berikut',
    caption: 'Record DNS yang diperlukan domain ini, dan nilainya saat ini',
    type: 'Jenis',
    name: 'Nama',
    value: 'Nilai',
    now: 'Saat ini',
    state: 'Status',
    right: 'benar',
    change: 'perlu diubah',
    remove: 'hapus record ini',
    none: 'tidak ada',
    unknown: 'tidak diketahui',
    copy: ({ value }) => `Salin ${value}`,
    copied: 'Tersalin',
    hours:
      'Perlu beberapa menit hingga beberapa jam sampai perubahan terlihat oleh semua orang. Anda boleh menutup halaman ini dan membuka tautannya lagi nanti.',
  },
  host: {
    heading: 'Di mana mengaturnya',
    known: ({ provider }) => `DNS domain ini dikelola di ${provider}. Silakan masuk ke akun Anda di sana.`,
    unknown: ({ nameServers }) =>
      `DNS domain ini dikelola oleh name server berikut: ${nameServers}. Biasanya name server itu milik perusahaan tempat domain dibeli.`,
    nobody: 'Biasanya di perusahaan tempat domain dibeli.',
    link: ({ provider }) => `Cara mengatur record DNS di ${provider} (halaman mereka)`,
  },
  proxy: {
    heading: 'Cara mematikan proxy',
    text: ({ by }) =>
      `Masuk ke akun Anda di ${by} dan matikan proxy untuk domain ini, agar domain mengarah langsung ke server. Pengaturannya sering bernama “DNS only” atau ditampilkan sebagai awan abu-abu. Setelah halaman ini menyatakan bahwa domain berfungsi, proxy boleh dinyalakan kembali.`,
  },
  mail: {
    heading: 'Apakah DNS Anda dikelola orang lain?',
    intro: 'Kirimkan teks ini kepada mereka.',
    open: 'Buka sebagai email',
    copy: 'Salin teks',
    subject: ({ domain }) => `Record DNS untuk ${domain}`,
    body: ({ domain, records, url }) =>
      `Halo,\n\nmohon lakukan perubahan berikut pada DNS ${domain}:\n\n${records}\n\nHalaman ini menunjukkan apakah record sudah benar:\n${url}\n\nTerima kasih`,
    record: ({ type, name, value }) => `Atur record ${type} untuk ${name}: ${value}`,
    removal: ({ type, name, now }) => `Hapus record ${type} untuk ${name} (saat ini: ${now})`,
  },
  check: {
    button: 'Periksa lagi',
    asked: 'Kami sedang memeriksa. Hasilnya segera muncul di halaman ini.',
    wait: 'Kami baru memeriksa kurang dari satu menit yang lalu. Silakan coba lagi dalam satu menit.',
    failed: 'Kami tidak dapat memeriksa sekarang. Silakan coba lagi nanti.',
    looked: ({ time }) => `Pemeriksaan terakhir: ${time}`,
    updates: 'Halaman ini diperbarui secara otomatis.',
  },
  expires: ({ date }) => `Tautan ini berlaku sampai ${date}.`,
  badLink: {
    heading: 'Tautan ini tidak berfungsi',
    text: 'Mungkin masa berlakunya sudah habis, atau sebagian tautannya hilang. Silakan minta tautan baru kepada pengelola situs web Anda.',
  },
  busy: {
    heading: 'Silakan coba lagi dalam beberapa menit',
    text: 'Halaman ini tidak dapat ditampilkan saat ini. Domain Anda tidak terpengaruh.',
  },
} as const satisfies Texts;
