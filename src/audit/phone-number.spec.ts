import { maskPhoneNumber } from './phone-number.js';

describe('maskPhoneNumber', () => {
  it.each([
    ['+8613800138000', '+86*******8000'],
    ['+15005550006', '+15*****0006'],
    ['+123456789012345', '+12*********2345'],
    // From here on the last four digits would be most of it.
    ['+1234567890', '+12****7890'],
    ['+123456789', '+12*****89'],
    ['+123456', '+12**56'],
    ['+12345', '+12*45'],
  ])('shows of %s no more than %s', (phoneNumber, masked) => {
    expect(maskPhoneNumber(phoneNumber)).toBe(masked);
  });

  it('hides at least one digit and keeps the length, whatever the number', () => {
    for (let length = 6; length <= 15; length++) {
      const phoneNumber = `+${'123456789012345'.slice(0, length)}`;
      const masked = maskPhoneNumber(phoneNumber);
      expect([masked.length, masked.includes('*')]).toEqual([phoneNumber.length, true]);
    }
  });
});
