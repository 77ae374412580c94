package jwt

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/go-jose/go-jose/v4"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
)

func (o *oidc) authorizer(tokens *Tokens) *Authorizer {
	return New(Config{API: "a", Stage: "dev", Authorizer: "j", Issuer: o.URL, Audience: []string{"other", "app"}}, o.issuers(), tokens)
}

func ask(t testing.TB, a *Authorizer, token string, scopes ...string) *authorizer.Decision {
	t.Helper()
	return a.Authorize(t.Context(), &authorizer.Request{Sources: []string{token}, Scopes: scopes})
}

const insufficientScope = `Bearer scope="read write" error="insufficient_scope" error_description="the token does not have a required scope"`

func TestAuthorize(t *testing.T) {
	o := newOIDC(t)
	good := func(more string) string { return o.sign(t, 0, "one", jose.RS256, o.payload(more)) }
	// claims writes a payload from scratch; %I and %E are the issuer and a good exp.
	claims := func(text string) string {
		text = strings.NewReplacer("%I", `"iss":"`+o.URL+`"`, "%E", fmt.Sprintf(`"exp":%d`, o.now().Unix()+60)).Replace(text)
		return o.sign(t, 0, "one", jose.RS256, text)
	}
	at := func(name string, seconds int64) string {
		return fmt.Sprintf(`{%%I,%%E,"aud":"app",%q:%d}`, name, o.now().Unix()+seconds)
	}
	hs256 := func() string {
		s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: jose.JSONWebKey{Key: []byte(strings.Repeat("k", 32)), KeyID: "one"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		jws, _ := s.Sign([]byte(o.payload("")))
		text, _ := jws.CompactSerialize()
		return text
	}
	parts := strings.Split(good(""), ".")
	const none = "eyJhbGciOiJub25lIiwia2lkIjoib25lIn0" // {"alg":"none","kid":"one"}
	invalid := func(description string) string {
		return `Bearer scope="" error="invalid_token" error_description="` + description + `"`
	}
	tests := []struct {
		name, token string
		scopes      string
		want        authorizer.Outcome
		challenge   string
	}{
		{"bare", good(""), "", authorizer.Allow, ""},
		{"behind Bearer", "Bearer " + good(""), "", authorizer.Allow, ""},
		{"behind bearer and spaces", "bearer   " + good(""), "", authorizer.Allow, ""},
		{"RS384", o.sign(t, 0, "one", jose.RS384, o.payload("")), "", authorizer.Allow, ""},
		{"RS512", o.sign(t, 0, "one", jose.RS512, o.payload("")), "", authorizer.Allow, ""},
		{"PS256", o.sign(t, 0, "one", jose.PS256, o.payload("")), "", authorizer.Allow, ""},
		{"audience in a list", claims(`{%I,%E,"aud":["x","app"]}`), "", authorizer.Allow, ""},
		{"client_id without aud", claims(`{%I,%E,"client_id":"app"}`), "", authorizer.Allow, ""},
		{"nbf and iat now", claims(at("nbf", 0)), "", authorizer.Allow, ""},
		{"scope as text", good(`,"scope":"read admin"`), "write read", authorizer.Allow, ""},
		{"scp as a list", good(`,"scp":["write"]`), "write read", authorizer.Allow, ""},
		{"an ID token on a route without scopes", good(`,"token_use":"id"`), "", authorizer.Allow, ""},

		{"no token", "", "", authorizer.Unauthorized, "Bearer"},
		{"only the scheme", "Bearer ", "", authorizer.Unauthorized, "Bearer"},
		{"two segments", "a.b", "", authorizer.Unauthorized, invalid("token contains an invalid number of segments")},
		{"five segments", "a.b.c.d.e", "", authorizer.Unauthorized, invalid("token contains an invalid number of segments")},
		{"garbage", `a".b.c`, "", authorizer.Unauthorized, invalid("the token cannot be read")},
		{"shared secret", hs256(), "", authorizer.Unauthorized, invalid("signing method HS256 is invalid")},
		{"no signature at all", none + "." + parts[1] + ".", "", authorizer.Unauthorized, invalid("signing method none is invalid")},
		{"another signature", parts[0] + "." + parts[1] + "." + strings.Repeat("A", 342), "", authorizer.Unauthorized, invalid("signature is invalid")},
		{"another key under a known kid", o.sign(t, 1, "one", jose.RS256, o.payload("")), "", authorizer.Unauthorized, invalid("signature is invalid")},
		{"unknown kid", o.sign(t, 0, "zwei", jose.RS256, o.payload("")), "", authorizer.Unauthorized, invalid("the token was signed with an unknown key")},
		{"no kid", o.sign(t, 0, "", jose.RS256, o.payload("")), "", authorizer.Unauthorized, invalid("the token does not name its key (kid)")},
		{"claims that are a list", claims(`[1]`), "", authorizer.Unauthorized, invalid("the token's claims are no JSON object")},
		{"claims that end early", claims(`{"iss":`), "", authorizer.Unauthorized, invalid("the token's claims are not valid JSON")},
		{"another issuer", claims(`{"iss":"https://evil.test",%E,"aud":"app"}`), "", authorizer.Unauthorized, invalid("the token does not have a valid issuer")},
		{"issuer with a slash", claims(`{"iss":"` + o.URL + `/",%E,"aud":"app"}`), "", authorizer.Unauthorized, invalid("the token does not have a valid issuer")},
		{"issuer that is a number", claims(`{"iss":1,%E,"aud":"app"}`), "", authorizer.Unauthorized, invalid("the token does not have a valid issuer")},
		{"another audience", claims(`{%I,%E,"aud":"x"}`), "", authorizer.Unauthorized, invalid("the token does not have a valid audience")},
		{"client_id does not help a wrong aud", claims(`{%I,%E,"aud":"x","client_id":"app"}`), "", authorizer.Unauthorized, invalid("the token does not have a valid audience")},
		{"audience of numbers", claims(`{%I,%E,"aud":[1]}`), "", authorizer.Unauthorized, invalid("the token does not have a valid audience")},
		{"no audience", claims(`{%I,%E}`), "", authorizer.Unauthorized, invalid("the token does not have a valid audience")},
		{"no exp", claims(`{%I,"aud":"app"}`), "", authorizer.Unauthorized, invalid("the token has expired")},
		{"exp now", claims(fmt.Sprintf(`{%%I,"aud":"app","exp":%d}`, o.now().Unix())), "", authorizer.Unauthorized, invalid("the token has expired")},
		{"exp that is text", claims(`{%I,"aud":"app","exp":"never"}`), "", authorizer.Unauthorized, invalid("the token's exp is not a time")},
		{"exp beyond all time", claims(`{%I,"aud":"app","exp":1e300}`), "", authorizer.Unauthorized, invalid("the token's exp is not a time")},
		{"nbf in a second", claims(at("nbf", 1)), "", authorizer.Unauthorized, invalid("the token is not valid yet")},
		{"iat in a second", claims(at("iat", 1)), "", authorizer.Unauthorized, invalid("the token was issued in the future")},
		{"exp twice, the last counts", claims(`{%I,%E,"aud":"app","exp":1}`), "", authorizer.Unauthorized, invalid("the token has expired")},
		{"no scope", good(``), "read write", authorizer.Deny, insufficientScope},
		{"another scope", good(`,"scope":"reader"`), "read write", authorizer.Deny, insufficientScope},
		{"scope that is a number", good(`,"scope":7`), "read write", authorizer.Deny, insufficientScope},
	}
	for _, cached := range []bool{false, true} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s, cache %v", tt.name, cached), func(t *testing.T) {
				var tokens *Tokens
				if cached {
					tokens = NewTokens(10)
				}
				a := o.authorizer(tokens)
				for range 2 {
					d := ask(t, a, tt.token, strings.Fields(tt.scopes)...)
					if d.Outcome != tt.want || d.Challenge != tt.challenge {
						t.Errorf("got %d %q\nwant %d %q (%s)", d.Outcome, d.Challenge, tt.want, tt.challenge, d.Reason)
					}
					if (d.Outcome == authorizer.Allow) != (d.Token != nil) || (d.Reason == "") != (d.Outcome == authorizer.Allow) {
						t.Errorf("token %v and reason %q do not go with outcome %d", d.Token, d.Reason, d.Outcome)
					}
				}
			})
		}
	}
}

func TestClaimsAreHandedOnAsStrings(t *testing.T) {
	o := newOIDC(t)
	more := `,"sub":"me","n":1787992402,"f":0.5,"e":1.5e3,"huge":1e400,"t":true,"nil":null,"groups":["Admins","Readers"],"deep":[["a"],1,{"k":"v"}],"o":{"b":1,"a":[]},"scope":"read write"`
	token := o.sign(t, 0, "one", jose.RS256, o.payload(more))
	a := o.authorizer(nil)
	d := ask(t, a, token)
	want := map[string]string{
		"iss": o.URL, "aud": "app", "exp": fmt.Sprint(o.now().Unix() + 600), "sub": "me", "n": "1787992402", "f": "0.5", "e": "1500",
		"huge": "1e400", "t": "true", "nil": "<nil>", "groups": "[Admins Readers]", "deep": "[[a] 1 map[k:v]]", "o": "map[a:[] b:1]", "scope": "read write",
	}
	if d.Token == nil {
		t.Fatalf("refused: %s", d.Reason)
	}
	for name, text := range want {
		if got, ok := d.Token.Claims.Get(name); !ok || got != text {
			t.Errorf("claim %s: got %q, want %q", name, got, text)
		}
	}
	if got := strings.Join(d.Token.Claims.Names()[:5], " "); got != "iss aud exp iat sub" {
		t.Errorf("order of claims: got %s", got)
	}
	x := exchange.Exchange{Authorizer: d.Context}
	if got, _ := x.Lookup("authorizer.claims.groups"); got != "[Admins Readers]" {
		t.Errorf("$context.authorizer.claims.groups: got %q", got)
	}
	if got, ok := x.Lookup("authorizer.claims"); ok {
		t.Errorf("$context.authorizer.claims alone: got %q, want nothing", got)
	}
	if scopes, _ := d.Context.Get("scopes"); d.Token.Scopes != nil || string(scopes.(json.RawMessage)) != "null" {
		t.Errorf("scopes on a route without: got %v and %s, want null", d.Token.Scopes, scopes)
	}
	d = ask(t, a, token, "write")
	if scopes, _ := d.Context.Get("scopes"); fmt.Sprint(d.Token.Scopes) != "[read write]" || string(scopes.(json.RawMessage)) != `["read","write"]` {
		t.Errorf("scopes on a route with: got %v and %s", d.Token.Scopes, scopes)
	}
}

func TestTokensAreCachedUntilTheyExpire(t *testing.T) {
	o := newOIDC(t)
	tokens := NewTokens(10)
	a := o.authorizer(tokens)
	token := o.sign(t, 0, "one", jose.RS256, o.payload(""))
	first := ask(t, a, token)
	if first.Outcome != authorizer.Allow {
		t.Fatal(first.Reason)
	}
	o.set(func() { o.kids = []string{"", ""} })
	if again := ask(t, a, token); again != first {
		t.Error("the second time the token was verified anew")
	}
	o.pass(10*time.Minute - time.Second)
	if d := ask(t, a, token); d.Outcome != authorizer.Allow {
		t.Errorf("a second before its end: %s", d.Reason)
	}
	o.pass(time.Second)
	if d := ask(t, a, token); d.Outcome != authorizer.Unauthorized {
		t.Error("an expired token got in by way of the cache")
	}
}

// A token that is sent again and again is not held against its keys each time, and no longer
// let in than they are trusted; what is kept of it is a copy.
func TestTheLatestTokensAreTrustedAsTheirKeysAre(t *testing.T) {
	o := newOIDC(t)
	a := o.authorizer(NewTokens(10))
	sent := []byte(o.sign(t, 0, "one", jose.RS256, strings.Replace(o.payload(""), `"exp":`, `"exp":9`, 1))) // for centuries
	token := unsafe.String(&sent[0], len(sent))                                                             // of a buffer that is used again
	for range 3 {
		if d := ask(t, a, token); d.Outcome != authorizer.Allow {
			t.Fatal(d.Reason)
		}
	}
	if a.tokens.again(a, token, o.now()) == nil {
		t.Fatal("a token that was sent thrice is none of the latest")
	}
	good := string(sent)
	sent[len(sent)/2] ^= 1
	if d := ask(t, a, token); d.Outcome != authorizer.Unauthorized {
		t.Error("another token got in where the latest had been")
	}
	sent[0] ^= 1
	if d := ask(t, a, good); d.Outcome != authorizer.Allow {
		t.Errorf("the token itself: %s", d.Reason)
	}
	if a.tokens.again(o.authorizer(a.tokens), good, o.now()) != nil {
		t.Error("the latest of an authorizer is another's")
	}
	o.Close()
	o.pass(2*time.Hour - time.Second)
	if d := ask(t, a, good); d.Outcome != authorizer.Allow {
		t.Errorf("a second before its keys end: %s", d.Reason)
	}
	o.pass(time.Second)
	if d := ask(t, a, good); d.Outcome != authorizer.Unauthorized {
		t.Error("a token got in whose keys are trusted no longer")
	}
}

// What an issuer publishes, and what a stranger writes into a token, must not cost a core: a key
// set with hundreds of keys of one id, and claims that are thousands deep, which only those that
// were verified have worded.
func TestKeySetsAreBounded(t *testing.T) {
	o := newOIDC(t)
	o.set(func() {
		o.jwks = func(w http.ResponseWriter, _ *http.Request) {
			set := jose.JSONWebKeySet{}
			for range mostNamesakes {
				set.Keys = append(set.Keys, jose.JSONWebKey{Key: rsaKeys()[1].Public(), KeyID: "last"})
			}
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: rsaKeys()[0].Public(), KeyID: "last"}, jose.JSONWebKey{Key: rsaKeys()[0].Public(), KeyID: "one"})
			_ = json.NewEncoder(w).Encode(set)
		}
	})
	a := o.authorizer(nil)
	for kid, want := range map[string]authorizer.Outcome{"one": authorizer.Allow, "last": authorizer.Unauthorized} {
		if d := ask(t, a, o.sign(t, 0, kid, jose.RS256, o.payload(""))); d.Outcome != want {
			t.Errorf("%s: got %v %s, want %v", kid, d.Outcome, d.Reason, want)
		}
	}
	deep := o.sign(t, 0, "one", jose.RS256, o.payload(`,"deep":`+strings.Repeat("[", 3000)+strings.Repeat("]", 3000)))
	forged := deep[:strings.LastIndexByte(deep, '.')+1] + strings.Repeat("A", 342)
	size := func(token string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ask(t, a, token)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	// Its texts are of 0, 2, 4 … 6,000 bytes, each a copy of the one before.
	if got := size(forged); got > 2<<20 {
		t.Errorf("a forged token with claims that are 3,000 deep took %d bytes", got)
	}
	if d := ask(t, a, deep); d.Outcome != authorizer.Allow {
		t.Errorf("claims that are 3,000 deep: got %s", d.Reason)
	}
}

// TestAChangedConfigurationForgetsTokens: the same authorizer with another
// audience must not take what the cache knows of the old one.
func TestAChangedConfigurationForgetsTokens(t *testing.T) {
	o := newOIDC(t)
	tokens := NewTokens(10)
	token := o.sign(t, 0, "one", jose.RS256, o.payload(""))
	if d := ask(t, o.authorizer(tokens), token); d.Outcome != authorizer.Allow {
		t.Fatal(d.Reason)
	}
	changed := New(Config{API: "a", Stage: "dev", Authorizer: "j", Issuer: o.URL, Audience: []string{"new"}}, o.issuers(), tokens)
	if d := ask(t, changed, token); d.Outcome != authorizer.Unauthorized {
		t.Error("a token for the old audience got in")
	}
}

func TestUnreachableIssuerRefuses(t *testing.T) {
	o := newOIDC(t)
	token := o.sign(t, 0, "one", jose.RS256, o.payload(""))
	a := o.authorizer(nil)
	o.Close()
	d := ask(t, a, token)
	if d.Outcome != authorizer.Unauthorized || !strings.Contains(d.Challenge, `error_description="OIDC discovery endpoint communication error"`) {
		t.Errorf("got %d %s", d.Outcome, d.Challenge)
	}
	plain := New(Config{Issuer: "http://example.com", Audience: []string{"app"}}, o.issuers(), nil)
	token = o.sign(t, 0, "one", jose.RS256, strings.Replace(o.payload(""), o.URL, "http://example.com", 1))
	if d := ask(t, plain, token); d.Outcome != authorizer.Unauthorized || !strings.Contains(d.Why().Error(), "loopback only") {
		t.Errorf("got %d %s", d.Outcome, d.Reason)
	}
	if d := a.Authorize(t.Context(), &authorizer.Request{}); d.Outcome != authorizer.Unauthorized {
		t.Errorf("without a source: got %d", d.Outcome)
	}
}

func FuzzClaims(f *testing.F) {
	f.Add(`{"iss":"i","aud":["a"],"exp":1.5,"scp":"x","o":{"a":[1,null]}}`)
	f.Add(`{"iss":"i"} x`)
	f.Fuzz(func(t *testing.T, payload string) {
		c, err := parseClaims([]byte(payload))
		if err != nil {
			return
		}
		for _, v := range c.handedOn() {
			if _, ok := v.Value.(string); !ok {
				t.Errorf("claim %s is handed on as %T", v.Name, v.Value)
			}
		}
		if c.check("i", []string{"a"}, start) == nil && !start.Before(c.expires) {
			t.Error("an expired token was taken")
		}
	})
}

func BenchmarkAuthorize(b *testing.B) {
	o := newOIDC(b)
	token := "Bearer " + o.sign(b, 0, "one", jose.RS256, o.payload(`,"scope":"read write","sub":"someone"`))
	for name, tokens := range map[string]*Tokens{"cached": NewTokens(10), "verified": nil} {
		b.Run(name, func(b *testing.B) {
			a := o.authorizer(tokens)
			r := &authorizer.Request{Sources: []string{token}, Scopes: []string{"read"}}
			b.ReportAllocs()
			for b.Loop() {
				if d := a.Authorize(b.Context(), r); d.Outcome != authorizer.Allow {
					b.Fatal(d.Reason)
				}
			}
		})
	}
}
