import { type Results } from './results.js';

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly ours: boolean;
}

const WIDTH = 720;
const LABELS = 250;
const BAR = 18;
const GAP = 8;
const FIGURES = 70;
const TITLE = 34;

/** Two groups of bars, readable on a light and on a dark page. */
export function chartOf({ table: { rows, floor } }: Results): string {
  const perSecond = [
    bar('ES256', rows.loginEs256.requestsPerSecond),
    bar('RS256', rows.login.requestsPerSecond),
    bar('RS256 with refresh token', rows.loginWithRefresh.requestsPerSecond),
    bar('oidc-provider, RS256', rows.peer.requestsPerSecond, false),
  ];
  const cpu = [
    bar('floor: two RS256 signatures', floor.rs256, false),
    bar('ES256', rows.loginEs256.cpu),
    bar('RS256', rows.login.cpu),
    bar('RS256 with refresh token', rows.loginWithRefresh.cpu),
    bar('oidc-provider, RS256', rows.peer.cpu, false),
  ];
  const second = groupHeight(perSecond) + GAP;
  const height = second + groupHeight(cpu);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Logins of a known user per second, and CPU milliseconds of each">
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .ours { fill: #2da44e }
  .other { fill: #8c959f }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #3fb950 } .other { fill: #6e7681 } }
</style>
${group('Logins of a known user per second (more is better)', perSecond, 0, 0)}
${group('CPU milliseconds of a login (less is better)', cpu, second, 2)}
</svg>
`;
}

function bar(label: string, value: number, ours = true): Bar {
  return { label, value: Number.isFinite(value) ? value : 0, ours };
}

function groupHeight(bars: readonly Bar[]): number {
  return TITLE + bars.length * (BAR + GAP);
}

function group(title: string, bars: readonly Bar[], top: number, digits: number): string {
  const most = Math.max(...bars.map(({ value }) => value)) || 1;
  const lines = bars.map(({ label, value, ours }, index) => {
    const y = top + TITLE + index * (BAR + GAP);
    const width = ((WIDTH - LABELS - FIGURES) * value) / most;
    const middle = y + BAR - 5;
    return [
      `<text x="${LABELS - 10}" y="${middle}" text-anchor="end">${escapeXml(label)}</text>`,
      `<rect class="${ours ? 'ours' : 'other'}" x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3"/>`,
      `<text x="${(LABELS + width + 8).toFixed(1)}" y="${middle}">${value.toFixed(digits)}</text>`,
    ].join('\n');
  });
  return [`<text class="title" x="0" y="${top + 20}">${escapeXml(title)}</text>`, ...lines].join('\n');
}

export function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}
