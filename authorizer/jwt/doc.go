// Package jwt is the authorizer that checks JSON Web Tokens against the keys
// that their issuer publishes (OpenID Connect Discovery 1.0).
//
// It promises: only RSA signatures, only keys that the issuer's own key set
// holds; the issuer is asked at first use, within 1,500 ms for each of its two
// documents and 150,000 bytes, one request at a time, not again and again for
// tokens that name unknown keys; keys are trusted for two hours and no longer;
// a token that was verified is not verified again until it expires or the keys
// do. An issuer that cannot be reached refuses every token.
//
// It refuses issuers over plain HTTP but on loopback, encrypted tokens, and
// shared-secret signatures.
//
// What is checked follows "Controlling access to HTTP APIs with JWT
// authorizers" in the API Gateway developer guide.
package jwt
