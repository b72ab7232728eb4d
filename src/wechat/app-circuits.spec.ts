import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { AppCircuits } from './app-circuits.js';
import { WechatMetrics } from './wechat-metrics.js';

it('the circuits of the 1000 mini programs used last are kept, and those that have calls under way', async () => {
  const registry = new MetricsRegistry();
  const circuits = new AppCircuits(new WechatMetrics(registry));
  let answer: (value: string) => void;
  const busy = circuits.of('busy');
  const call = busy.run(
    '/sns/jscode2session',
    1000,
    () => new Promise<string>((resolve) => (answer = resolve)),
  );
  const unused = circuits.of('unused');
  const used = circuits.of('used');

  for (let nth = 0; nth < 998; nth++) {
    circuits.of(`app-${nth}`);
    circuits.of('used');
  }

  expect(circuits.of('busy')).toBe(busy);
  expect(circuits.of('used')).toBe(used);
  const shown = await registry.getSingleMetricAsString('ciam_wechat_breaker_state');
  expect(shown).toContain('app_id="used"');
  expect(shown).not.toContain('app_id="unused"');
  expect(circuits.of('unused')).not.toBe(unused);
  answer!('done');
  expect(await call).toBe('done');
});
