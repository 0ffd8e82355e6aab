/** The nonce of this answer's content security policy; the server writes it into index.html. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
}

// The scroll lock under dialogs looks for its nonce in this global name.
(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = styleNonce();
