import { AccessTokens } from './access-tokens.js';
import { newApp, type App } from './app.js';

const app: App = { ...newApp, appid: 'wx00000000000000aa', secret: 'secret' };

describe('access tokens while time passes', () => {
  it('tell a life that agrees with the moment they were looked at', () => {
    let time = 0;
    // Seconds pass between any two looks at the clock.
    const tokens = new AccessTokens({ now: () => (time += 1500) });
    expect(tokens.issue(app).expires_in).toBe(7200);
    expect(tokens.keep(app).expires_in).toBe(7200);
    expect(tokens.force(app).expires_in).toBe(7200);
    for (let look = 0; look < 6000; look++) expect(tokens.keep(app).expires_in).toBeGreaterThanOrEqual(300);
  });
});
