package authority

import "crypto/tls"

// Beside are certificates for names that an authority may not sign, such as the custom
// domains of a template. It is safe for concurrent use.
type Beside interface {
	// Certificate is one for a name in small letters; nil where there is none.
	Certificate(name string) *tls.Certificate
	// PEM are the certificates to believe them by.
	PEM() []byte
}

// Take has others answer for their names, before anything is signed. The processes
// that Trust is called for believe them too, and nobody else.
func (a *Authority) Take(b Beside) { a.beside = b }
