package mask

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

var marks = regexp.MustCompile(`‹(\d+):[0-9a-z]{4}›`)

// short is a text with the tags of marks taken out, which differ from process to process.
func short(s string) string { return marks.ReplaceAllString(s, "‹$1›") }

// What stands behind the name of a secret is hidden where it stands, and wherever else.
func TestNames(t *testing.T) {
	m := New("Password", "card number", "SSN")
	for _, row := range []struct{ text, want string }{
		{`{"password":"hunter22","text":"say hunter22"}`, `{"password":"‹8›","text":"say ‹8›"}`},
		{`{"PASSWORD" : "hunter22"}`, `{"PASSWORD" : "‹8›"}`},
		{`{"a":[{"b":{"password":"hunter22"}}]}`, `{"a":[{"b":{"password":"‹8›"}}]}`},
		{`{"password":"p"}`, `{"password":"‹1›"}`},
		{`{"password":""}`, `{"password":""}`},
		{`{"password":123456,"x":1}`, `{"password":"‹6›","x":1}`},
		{`{"password":true}`, `{"password":"‹4›"}`},
		{`{"password":["hunter22",{"new":"hunter23","n":-17.5}],"x":"y"}`, `{"password":["‹8›",{"new":"‹8›","n":"‹5›"}],"x":"y"}`},
		{`{"pass\u0077ord":"hunter22"}`, `{"pass\u0077ord":"‹8›"}`},
		{`{"password":"a\"b\\cdef","x":"a\"b\\cdef"}`, `{"password":"‹8›","x":"‹8›"}`},
		{`{"password":"a\\","x":"1"}`, `{"password":"‹2›","x":"1"}`},
		{`{"body":"{\"password\":\"hunter22\",\"x\":1}"}`, `{"body":"{\"password\":\"‹8›\",\"x\":1}"}`},
		{`{"body":"{\"body\":\"{\\\"password\\\":\\\"hunter22\\\",\\\"x\\\":1}\"}"}`, `{"body":"{\"body\":\"{\\\"password\\\":\\\"‹8›\\\",\\\"x\\\":1}\"}"}`},
		{`{"card number":"4111 1111"}`, `{"card number":"‹9›"}`},
		{`user=x&password=hunter22&y=1`, `user=x&password=‹8›&y=1`},
		{`user=x&PassWord=hunter%2022`, `user=x&PassWord=‹9›`},
		{`card+number=4111+1111&x=4111 1111`, `card+number=‹9›&x=‹9›`},
		{`pass%77ord=hunter22`, `pass%77ord=‹8›`},
		{`json=%7B%22password%22%3A%22hunter22%22%7D&x=1`, `json=%7B%22password%22%3A%22‹8›%22%7D&x=1`},
		{`GET https://h/p?a=1&password=hunter22 done`, `GET https://h/p?a=1&password=‹8› done`},
		{`{password=hunter22, user=x}`, `{password=‹8›, user=x}`},
		{`{user=x, password=hunter22}`, `{user=x, password=‹8›}`},
		{`{ user: 'x', password: 'hunter22' }`, `{ user: 'x', password: '‹8›' }`},
		{`{'password': 'hunter22'}`, `{'password': '‹8›'}`},
		{"user: x\npassword: hunter 22\nx: 1", "user: x\npassword: ‹9›\nx: 1"},
		{"Authorization: Bearer abcdef.1\r\nX: abcdef.1", "Authorization: Bearer ‹8›\r\nX: ‹8›"},
		{`{"headers":{"Authorization":"Bearer abcdef1"}} abcdef1`, `{"headers":{"Authorization":"Bearer ‹7›"}} ‹7›`},
		{`{"authorization":["Bearer abcdef1"],"Cookie":["sid=abcdef2; b=1"]}`, `{"authorization":["Bearer ‹7›"],"Cookie":["sid=‹7›; b=‹1›"]}`},
		{`{"cookies":["sid=abcdef2; HttpOnly"]} abcdef2 HttpOnly`, `{"cookies":["sid=‹7›; HttpOnly"]} ‹7› HttpOnly`},
		{`{"identity":{"apiKey":"k-123456","apiKeyId":"id-123"}}`, `{"identity":{"apiKey":"‹8›","apiKeyId":"id-123"}}`},
		{`?X-Amz-Signature=0123456789abcdef&X-Amz-Date=1`, `?X-Amz-Signature=‹16›&X-Amz-Date=1`},
		{`?a=1&sig=0123456789&access_token=abcdefgh`, `?a=1&sig=‹10›&access_token=‹8›`},
		{`{"sig":"0123456789"}`, `{"sig":"0123456789"}`},
		{`{"mypassword":"x","passwords":"y","ssn2":"z"}`, `{"mypassword":"x","passwords":"y","ssn2":"z"}`},
		{`the password is not here: so nothing happens`, `the password is not here: so nothing happens`},
		{`{"ssn":null}`, `{"ssn":"‹4›"}`},
		{"\xff{\"ssn\":\"123-45-678\"}\xfe", "\xff{\"ssn\":\"‹10›\"}\xfe"},
	} {
		if got := short(m.Hide(nil, row.text, false)); got != row.want {
			t.Errorf("%s:\n got %s\nwant %s", row.text, got, row.want)
		}
	}
}

// What OAuth, AWS and WebSocket clients call their credentials needs no naming; words of a language
// are no names, and what is named is hidden where it is one.
func TestCredentialsHaveTheirNames(t *testing.T) {
	m := New()
	for _, row := range []struct{ text, want string }{
		{`grant_type=password&username=u&password=hunter22&client_secret=abcdef1&refresh_token=abcdef2`, `grant_type=password&username=u&password=‹8›&client_secret=‹7›&refresh_token=‹7›`},
		{`grant_type=authorization_code&code=0123456789abcdef&code_verifier=abcdef3`, `grant_type=authorization_code&code=‹16›&code_verifier=‹7›`},
		{`grant_type=x&assertion=abcdef4&client_assertion=abcdef5&subject_token=abcdef6&device_code=abcdef7`, `grant_type=x&assertion=‹7›&client_assertion=‹7›&subject_token=‹7›&device_code=‹7›`},
		{`{"access_token":"abcdef1","refresh_token":"abcdef2","id_token":"abcdef3","token_type":"Bearer"}`, `{"access_token":"‹7›","refresh_token":"‹7›","id_token":"‹7›","token_type":"Bearer"}`},
		{`{"AuthenticationResult":{"AccessToken":"abcdef1","IdToken":"abcdef2"}}`, `{"AuthenticationResult":{"AccessToken":"‹7›","IdToken":"‹7›"}}`},
		{`{"AccessKeyId":"AKIA1","SecretAccessKey":"abcdef1","SessionToken":"abcdef2"}`, `{"AccessKeyId":"AKIA1","SecretAccessKey":"‹7›","SessionToken":"‹7›"}`},
		{`{"methodArn":"arn","authorizationToken":"Bearer abcdef1"}`, `{"methodArn":"arn","authorizationToken":"Bearer ‹7›"}`},
		{`{"action":"login","token":"Bearer abcdef1","inner":"{\"password\":\"hunter22\"}"}`, `{"action":"login","token":"Bearer ‹7›","inner":"{\"password\":\"‹8›\"}"}`},
		{`{"code":"0123456789abcdef"} ?code=US&code=404`, `{"code":"0123456789abcdef"} ?code=US&code=404`},
		{`https://app/cb#access_token=abcdef1&state=x`, `https://app/cb#access_token=‹7›&state=x`},
		{`?token=abcdef1&jwt=abcdef2&api_key=abcdef3`, `?token=‹7›&jwt=‹7›&api_key=‹7›`},
		{"token: the token has expired\nsecret: none, password: it is wrong", "token: the token has expired\nsecret: none, password: it is wrong"},
		{"--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter22\r\n--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nsay hunter22\r\n--b--\r\n", "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n‹8›\r\n--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nsay ‹8›\r\n--b--\r\n"},
		{"content-disposition: form-data; name=client_secret\r\nX: y\r\n\r\nabc", "content-disposition: form-data; name=client_secret\r\nX: y\r\n\r\n‹3›"},
		{`{"body":"--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter22\r\n--b--"}`, `{"body":"--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n‹8›\r\n--b--"}`},
		{`<input name="password"> <b name=token>`, `<input name="password"> <b name=token>`},
		{`<a><wsse:Password Type="x">hunter22</wsse:Password><note>hunter22</note></a>`, `<a><wsse:Password Type="x">‹8›</wsse:Password><note>‹8›</note></a>`},
		{`{"xml":"\u003cpassword\u003eabc\u003c/password\u003e"}`, `{"xml":"\u003cpassword\u003e‹3›\u003c/password\u003e"}`},
		{`<password/><a>b</a> 1 > 2 <token></token>`, `<password/><a>b</a> 1 > 2 <token></token>`},
		{`{"nextToken":"abcdef1","tokens":"abcdef2","secrets":1}`, `{"nextToken":"abcdef1","tokens":"abcdef2","secrets":1}`},
		{"Sec-WebSocket-Protocol: chat, bearer, abcdef1\r\nX: abcdef1 chat", "Sec-WebSocket-Protocol: chat, bearer, ‹7›\r\nX: ‹7› chat"},
		{`{"Sec-WebSocket-Protocol":"access_token, abcdef1"}`, `{"Sec-WebSocket-Protocol":"access_token, ‹7›"}`},
		{`{"Sec-WebSocket-Protocol":"graphql-transport-ws, v12.stomp"}`, `{"Sec-WebSocket-Protocol":"graphql-transport-ws, v12.stomp"}`},
		{`{"Sec-WebSocket-Protocol":"v4, base64url.bearer.authorization.k8s.io.YWJjZGVm"}`, `{"Sec-WebSocket-Protocol":"v4, ‹46›"}`},
	} {
		if got := short(m.Hide(nil, row.text, false)); got != row.want {
			t.Errorf("%s:\n got %s\nwant %s", row.text, got, row.want)
		}
	}
	var s Secrets
	m.Header(&s, "Sec-Websocket-Protocol", "chat, bearer, abcdef1")
	m.Query(&s, "code=0123456789abcdef&token=abcdef2&code=short1")
	if got := short(m.Hide(&s, "abcdef1 abcdef2 0123456789abcdef short1 chat", false)); got != "‹7› ‹7› ‹16› short1 chat" {
		t.Errorf("learned of a head: got %s", got)
	}
	if got := short(New("token").Hide(nil, "token: abcdef1", false)); got != "token: ‹7›" {
		t.Errorf("a word that was named: got %s", got)
	}
}

// A mark is the same for a value wherever it stands, another for another value, and
// another in another process.
func TestMarks(t *testing.T) {
	m := New("a", "b", "c")
	got := marks.FindAllString(m.Hide(nil, `{"a":"secret-1","b":"secret-2","c":"secret-1"}`, false), -1)
	if len(got) != 3 || got[0] != got[2] || got[0] == got[1] {
		t.Errorf("got %q", got)
	}
	other := New("a")
	for n := range 3 { // four characters may be the same by chance
		if secret := fmt.Sprintf(`{"a":"secret-%d"}`, n); m.Hide(nil, secret, false) != other.Hide(nil, secret, false) {
			return
		}
	}
	t.Error("two processes have one key")
}

func escapeAll(s string) string {
	var b strings.Builder
	for _, c := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, `\u%04X`, c)
	}
	return b.String()
}

func percentAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02x", s[i])
	}
	return b.String()
}

func asJSON(s string) string {
	b, _ := json.Marshal(s)
	return string(b[1 : len(b)-1])
}

// writings are the ways in which a secret may be written.
var writings = map[string]func(string) string{
	"plain":         func(s string) string { return s },
	"JSON":          asJSON,
	"JSON twice":    func(s string) string { return asJSON(asJSON(s)) },
	"\\u":           escapeAll,
	"query":         url.QueryEscape,
	"path":          url.PathEscape,
	"percent":       percentAll,
	"query twice":   func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	"JSON in query": func(s string) string { return url.QueryEscape(asJSON(s)) },
	"HTML":          html.EscapeString,
	"JavaScript": func(s string) string {
		return strings.NewReplacer(`\`, `\\`, `'`, `\'`, `"`, `\"`, `/`, `\/`).Replace(s)
	},
	"base64":           func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 shifted 1": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s + "yz")) },
	"base64 shifted 2": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("xy" + s + "z")) },
	"base64 of URLs":   func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(`{"a":"` + s + `"}`)) },
	"base64 of JSON":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte(`{"a":"` + asJSON(s) + `"}`)) },
	"base64 in query":  func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte("q" + s))) },
}

// left says whether enough of a secret is in a text to know it by.
func left(text, written string) bool {
	const enough = 6
	for i := 0; i+enough <= len(written); i++ {
		if strings.Contains(text, written[i:i+enough]) {
			return true
		}
	}
	return false
}

// A secret is hidden in every writing, also where the text is cut within it.
func TestWritings(t *testing.T) {
	m := New()
	for _, secret := range []string{
		"hunter22", "abcdef", "a+b/c=d e%41f", `q"u\o'te<&>`, "pässwörd-😀", `\n\u0041%20&amp;-enough`, "tab\there\nline", strings.Repeat("0123456789abcdef", 80),
	} {
		var s Secrets
		m.Value(&s, secret)
		for name, write := range writings {
			written := write(secret)
			text := "before:" + written + ":after"
			got := m.Hide(&s, text, false)
			if got == text || left(got, written) && !strings.HasPrefix(name, "base64") {
				t.Errorf("%q as %s: %q is shown as %q", secret, name, text, got)
			}
			if !strings.HasPrefix(name, "base64") && (!strings.HasPrefix(got, "before:‹") || !strings.HasSuffix(got, "›:after")) {
				t.Errorf("%q as %s: %q is shown as %q", secret, name, text, got)
			}
			if raw, err := base64.StdEncoding.DecodeString(strings.Trim(marks.ReplaceAllString(got, "AAAA"), ":abefortn")); err == nil && left(string(raw), secret) {
				t.Errorf("%q as %s: decoded it is %q", secret, name, raw)
			}
			for cut := shortest * (len(written)/len(secret) + 5); cut < min(len(written), 60); cut++ {
				text := "before:" + written[:cut]
				if got := m.Hide(&s, text, true); left(got, written[:cut]) && !strings.HasPrefix(name, "base64") {
					t.Fatalf("%q as %s: cut to %q, shown as %q", secret, name, text, got)
				}
			}
		}
	}
}

// What is learned is found by any part of it.
func TestParts(t *testing.T) {
	m := New()
	signed := "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261127/x/y/aws4_request, SignedHeaders=host, Signature=0123456789abcdef"
	for _, row := range []struct{ name, value, text, want string }{
		{"Authorization", "Bearer abcdef1", "abcdef1 Bearer abcdef1", "‹7› Bearer ‹7›"},
		{"authorization", "abcdef1", "abcdef1", "‹7›"},
		{"Authorization", "Custom abcdef1", "abcdef1 Custom abcdef1", "‹7› ‹14›"},
		{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("joe:s3cr3t!!")), "joe and s3cr3t!! as joe:s3cr3t!!", "joe and ‹8› as ‹12›"},
		{"AUTHORIZATION", "bearer eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl", "c2lnbmF0dXJl", "‹12›"},
		{"Authorization", signed, "0123456789abcdef AKIAEXAMPLE/20261127/x/y/aws4_request", "‹16› ‹37›"},
		{"Cookie", `a="abcdef1"; b=abcdef2;c=x; abcdef3`, "abcdef1 abcdef2 x abcdef3", "‹7› ‹7› x ‹7›"},
		{"Set-Cookie", "sid=abcdef1; Path=/abcdef; HttpOnly", "abcdef1 /abcdef HttpOnly", "‹7› /abcdef HttpOnly"},
		{"x-api-key", "abcdef1", "abcdef1", "‹7›"},
		{"X-Amz-Security-Token", "abcdef1", "abcdef1", "‹7›"},
		{"X-Other", "abcdef1", "abcdef1", "abcdef1"},
	} {
		var s Secrets
		m.Header(&s, row.name, row.value)
		if got := short(m.Hide(&s, row.text, false)); got != row.want {
			t.Errorf("%s: %s: got %s, want %s", row.name, row.value, got, row.want)
		}
	}
	var s Secrets
	m.Value(&s, "graphql-ws, token.abcdef1,short")
	if got, want := short(m.Hide(&s, "use token.abcdef1 with graphql-ws, short", false)), "use ‹13› with ‹10›, short"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	m.Query(&s, "X-Amz-Signature=abc%2Fdef&X-Amz-Date=20261127&x%2Damz%2Dcredential=AKIA%2Fabcdef")
	if got, want := short(m.Hide(&s, "abc/def 20261127 AKIA/abcdef", false)), "‹7› 20261127 ‹11›"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A value of which the beginning alone was seen is hidden to its end.
func TestOpenValues(t *testing.T) {
	m := New("pin")
	var s Secrets
	m.harvest(&s, `{"pin":"12345678`, true, nil)
	if got, want := short(m.Hide(&s, `{"x":"1234567890","y":1}`, false)), `{"x":"‹8›","y":1}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A value that is secret in one text is hidden in all that belong to it, before and after.
func TestSieve(t *testing.T) {
	m := New("pin")
	v := m.Sieve(nil)
	v.Value("known-1")
	texts := []struct{ name, text, want string }{
		{"", "known-1, token-1 and 12345678 of tenant-1", "‹7›, ‹7› and ‹8› of ‹8›"},
		{"Authorization", "Bearer token-1", "Bearer ‹7›"},
		{"X-Tenant", "a, tenant-1", "‹11›"},
		{"pin", "12345678", "‹8›"},
		{"X-Other", "token-1", "‹7›"},
		{"", "a=1&x-tenant=tenant-1", "a=1&x-tenant=‹8›"},
		{"", strings.Repeat("x", 60) + " token-1", strings.Repeat("x", 60) + " ‹7›"},
		{"", strings.Repeat("x", 63) + " token-1", strings.Repeat("x", 63) + " "},
		{"", strings.Repeat("x", 70), strings.Repeat("x", 64)},
	}
	also := func(name string) bool { return strings.EqualFold(name, "x-tenant") }
	for _, row := range texts {
		v.Read(row.name, row.text, false, also)
	}
	for _, row := range texts {
		if got := short(v.Show(row.text, false, 64)); got != row.want {
			t.Errorf("%s %q: got %q, want %q", row.name, row.text, got, row.want)
		}
	}
	if !v.Hidden() {
		t.Error("nothing is said to be hidden")
	}
}

// Too many secrets, or too much to compare, show nothing; they do not take long either.
func TestHostileTexts(t *testing.T) {
	m := New("password")
	var many strings.Builder
	for n := range 2000 {
		fmt.Fprintf(&many, "c%d=abcdefgh%d; ", n, n)
	}
	var s Secrets
	m.Header(&s, "Cookie", many.String())
	if got := short(m.Hide(&s, "anything at all", false)); got != "‹15›" || !s.Keep().overflow {
		t.Errorf("got %s", got)
	}
	began := time.Now()
	var same Secrets
	for n := range 150 {
		m.Value(&same, strings.Repeat("a", 300+n)+"b")
	}
	got := m.Hide(&same, strings.Repeat("a", 4000), false)
	if strings.Contains(got, "aaaaaa") && len(got) != 4000 {
		t.Errorf("got %s", got)
	}
	for _, text := range []string{
		strings.Repeat(`password:`, 500), strings.Repeat(`"password":["`, 400), strings.Repeat(`\`, 4096), strings.Repeat(`=`, 4096),
		strings.Repeat(`%25`, 1400), strings.Repeat(`"password":"\\\`, 300), strings.Repeat("cookie=a;", 450), strings.Repeat(`&amp;`, 800),
	} {
		m.Hide(nil, text, true)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

// Whatever a text is, a secret within it is hidden, and what is before it stays.
func TestAnyText(t *testing.T) {
	m, chance := New("password"), rand.New(rand.NewPCG(1, 2))
	word := func(from, to byte, most int) string {
		b := make([]byte, chance.IntN(most+1))
		for i := range b {
			b[i] = from + byte(chance.IntN(int(to-from)+1))
		}
		return string(b)
	}
	for range 3000 {
		secret := strings.TrimSpace(word(' ', '~', 8) + "S3cret" + word(' ', '~', 30))
		before, after := word('g', 'z', 20), word('g', 'z', 20)
		for _, name := range []string{"plain", "JSON", "query", "percent", "HTML", "\\u"} {
			written := writings[name](secret)
			var s Secrets
			m.Value(&s, secret)
			got := m.Hide(&s, before+written+after, chance.IntN(2) == 0)
			if strings.Contains(got, written) || !strings.HasPrefix(got, before) {
				t.Fatalf("%q as %s between %q and %q: got %q", secret, name, before, after, got)
			}
		}
	}
}

// What is kept of a connection does not hold the secrets.
func TestKeepsNoSecret(t *testing.T) {
	m := New()
	var s Secrets
	if s.Keep() != nil {
		t.Error("nothing is kept as something")
	}
	m.Header(&s, "Authorization", "Bearer abcdef123456")
	kept := s.Keep()
	if strings.Contains(fmt.Sprintf("%+v", kept), "abcdef") || short(m.Hide(kept, "abcdef123456", false)) != "‹12›" {
		t.Errorf("got %+v", kept)
	}
}

func FuzzHide(f *testing.F) {
	f.Add(`{"password":"hunter22"}`, true)
	f.Add(`password=%7B\u00&#x`, true)
	f.Add(`"password":["a\\`, false)
	m := New("password")
	f.Fuzz(func(t *testing.T, text string, cut bool) {
		var s Secrets
		m.Value(&s, "hunter22")
		if got := m.Hide(&s, text, cut); strings.Contains(got, "hunter22") {
			t.Errorf("got %q", got)
		}
	})
}
