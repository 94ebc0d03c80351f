// Between the node's JSON and the browser's passkeys: bytes are base64url on the one side and buffers on the other.

type Json = Record<string, unknown>

const bytes = (text: unknown): Uint8Array<ArrayBuffer> => {
  const plain = atob(String(text).replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(plain, (each) => each.charCodeAt(0))
}

const base64url = (buffer: ArrayBuffer): string => {
  const plain = Array.from(new Uint8Array(buffer), (each) => String.fromCharCode(each)).join('')
  return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

export const hasPasskeys = (): boolean => window.isSecureContext && typeof PublicKeyCredential === 'function'

/** Let the browser make a passkey as the node asks; null when the person turned it down. */
export async function make(asked: Json): Promise<Json | null> {
  const user = asked['user'] as Json
  const publicKey = { ...asked, challenge: bytes(asked['challenge']), user: { ...user, id: bytes(user['id']) }, excludeCredentials: [] }
  const made = (await navigator.credentials.create({ publicKey: publicKey as unknown as PublicKeyCredentialCreationOptions })) as PublicKeyCredential | null
  if (!made) return null
  const response = made.response as AuthenticatorAttestationResponse
  return told(made, { clientDataJSON: base64url(response.clientDataJSON), attestationObject: base64url(response.attestationObject) })
}

/** Let a passkey sign as the node asks; null when the person turned it down. */
export async function sign(asked: Json): Promise<Json | null> {
  const publicKey = { ...asked, challenge: bytes(asked['challenge']), allowCredentials: [] }
  const made = (await navigator.credentials.get({ publicKey: publicKey as unknown as PublicKeyCredentialRequestOptions })) as PublicKeyCredential | null
  if (!made) return null
  const response = made.response as AuthenticatorAssertionResponse
  return told(made, {
    clientDataJSON: base64url(response.clientDataJSON),
    authenticatorData: base64url(response.authenticatorData),
    signature: base64url(response.signature),
    userHandle: response.userHandle ? base64url(response.userHandle) : null,
  })
}

const told = (made: PublicKeyCredential, response: Json): Json => ({ id: made.id, rawId: base64url(made.rawId), type: made.type, response })
