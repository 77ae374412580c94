package deployed

import (
	"fmt"

	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// trouble names what cannot be served as it is stored: an API, one of its stages,
// or a document beside the APIs.
type trouble struct{ api, stage, document string }

// String is how operators know it.
func (t trouble) String() string {
	switch {
	case t.document != "":
		return "document " + t.document
	case t.stage != "":
		return fmt.Sprintf("API %s, stage %s", t.api, t.stage)
	}
	return "API " + t.api
}

// What stands for an API in troubles that belong to none; no id has such a byte.
const (
	ofDomains = "\x00domains"
	ofKeys    = "\x00keys"
)

// Trouble says why a stage, or its whole API, cannot be served as it is stored; ""
// when it can.
func (l *Apis) Trouble(apiID, stage string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if text := l.troubles[trouble{api: apiID, stage: stage}]; text != "" {
		return text
	}
	return l.troubles[trouble{api: apiID}]
}

// Troubles is how many things cannot be served as they are stored.
func (l *Apis) Troubles() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.troubles)
}

// settleTroubles takes the troubles of an API in place of those that it had, and
// tells what is new and what is over, once.
func (l *Apis) settleTroubles(api string, now map[trouble]string) {
	l.mu.Lock()
	var over []trouble
	for t := range l.troubles {
		if _, still := now[t]; t.api == api && !still {
			over = append(over, t)
			delete(l.troubles, t)
		}
	}
	fresh := map[trouble]string{}
	for t, text := range now {
		// The same text is told once: each load finds it again, and would fill the log with it.
		if l.troubles[t] != text {
			fresh[t], l.troubles[t] = text, text
		}
	}
	l.mu.Unlock() // whoever is told may ask
	for _, t := range over {
		l.config.Logger.Info("served again", "what", t.String())
		l.tell(t, "")
	}
	for t, text := range fresh {
		l.config.Logger.Error("not served as it is stored", "what", t.String(), "error", text)
		l.tell(t, t.String()+": "+text)
	}
}

// tell tells readiness, for which a trouble without text is over.
func (l *Apis) tell(t trouble, text string) {
	if l.config.Trouble != nil {
		l.config.Trouble(t.api+"/"+t.stage+"/"+t.document, text)
	}
}

// unreadable are the troubles of documents beside the APIs, by their keys: what they are of
// stands in what cannot be read.
func unreadable(of string, found []*catalog.Unreadable) map[trouble]string {
	troubles := map[trouble]string{}
	for _, u := range found {
		troubles[trouble{api: of, document: string(u.Key)}] = u.Error()
	}
	return troubles
}
