/** Settings of an AWS client that sends nothing and keeps what it would have sent. */
export function sendingNothing() {
  const sent: { body?: unknown } = {}
  return {
    sent,
    settings: {
      region: 'eu-west-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
      maxAttempts: 1,
      requestHandler: {
        handle: (made: { readonly body: Uint8Array | string }) => {
          const { body } = made
          sent.body = JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body))
          return Promise.reject(new Error('nothing is sent'))
        },
      },
    },
  }
}
