/** Made-up customers for whoever has no file at hand: 600 rows with four groups in them, the same each time. */

const GROUPS = [
  { age: 27, spent: 240, visits: 18, channel: 'app' },
  { age: 44, spent: 1900, visits: 9, channel: 'store' },
  { age: 63, spent: 620, visits: 3, channel: 'store' },
  { age: 36, spent: 900, visits: 30, channel: 'web' },
];
const CHANNELS = ['app', 'web', 'store'];
const ROWS = 600;

export function sampleCustomers(): File {
  const random = randomFrom(7);
  const spread = (center: number) => center * (0.8 + 0.4 * ((random() + random() + random()) / 3));
  const rows = ['customer_id,age,yearly_spend,visits,channel'];
  for (let number = 1; number <= ROWS; number++) {
    const group = GROUPS[Math.floor(random() ** 1.3 * GROUPS.length)]!;
    const channel = random() < 0.85 ? group.channel : CHANNELS[Math.floor(random() * CHANNELS.length)];
    const figures = [spread(group.age).toFixed(0), spread(group.spent).toFixed(2), spread(group.visits).toFixed(0)];
    rows.push([`C${String(number).padStart(4, '0')}`, ...figures, channel].join(','));
  }
  return new File([rows.join('\n') + '\n'], 'sample-customers.csv', { type: 'text/csv' });
}

/** Numbers 0..1 from a seed. Source: mulberry32, Ettinger 2017 (public domain). */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
