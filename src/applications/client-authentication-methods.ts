/** How a client that cannot keep a secret says who it is. @see RFC 7591 §2 */
export const PUBLIC_METHODS = ['none'];

/** How a client proves that it knows its secret. @see RFC 6749 §2.3.1 */
export const CONFIDENTIAL_METHODS = ['client_secret_post', 'client_secret_basic'];
