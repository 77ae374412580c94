package measure

// Stage is one of an API, by their ids.
type Stage struct{ API, Name string }
