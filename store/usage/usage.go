package usage

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// DayForm is how days are written, in UTC.
const DayForm = time.DateOnly

// Kept is for how many days counts are kept: a year can be looked at whole.
const Kept = 400

// Of is where a store keeps counts. Which of both ways that is shows in what it costs alone:
// one suite of storetest holds them to the same.
func Of(s store.Store) store.Counter {
	if c, ok := s.(store.Counter); ok {
		return c
	}
	return documents{s}
}

// OfDocument is what a document has counted, by day: a store that is no Counter keeps a
// document for each key of a plan.
func OfDocument(doc store.Document) (days []store.Day, err error) {
	path := store.Split(doc.Key)
	if len(path) != 3 || !doc.Key.Below(catalog.UsageCounts()) {
		return nil, fmt.Errorf("%s is the key of no count", doc.Key)
	}
	// What versions before have kept of a period becomes a day, as everywhere.
	c, err := read(doc)
	if err != nil {
		return nil, err
	}
	for _, day := range slices.Sorted(maps.Keys(c.Days)) {
		days = append(days, store.Day{Plan: path[1], Key: path[2], Day: day, Used: c.Days[day]})
	}
	return days, nil
}

// Document is the key and the body of the document for what one key of a plan has used. A
// day that comes twice is added up, as all additions are.
func Document(days []store.Day) (key store.Key, body []byte, err error) {
	c := count{Days: map[string]int64{}}
	for _, d := range days {
		c.Days[d.Day] += d.Used
		key = catalog.UsageCount(d.Plan, d.Key)
	}
	body, err = json.Marshal(c)
	return key, body, err
}
