package verdict

import "time"

// Decision is one that an authorizer has made.
type Decision struct {
	At         time.Time `json:"-"`              // when it began, by which those of several nodes are put in order
	Time       string    `json:"time"`           // RFC 3339 in UTC, with milliseconds
	Node       string    `json:"node,omitempty"` // of a fleet, that decided
	API        string    `json:"api"`
	APIName    string    `json:"apiName"`
	Stage      string    `json:"stage"`
	Route      string    `json:"route"`
	Type       string    `json:"type"`       // JWT, CUSTOM or AWS_IAM
	Authorizer string    `json:"authorizer"` // its name with its id; "" for AWS_IAM
	Decision   string    `json:"decision"`   // allow or deny
	Status     int       `json:"status"`     // 200, 401, 403, or 500 where it could not decide
	Cached     bool      `json:"cached"`
	Principal  string    `json:"principal,omitempty"`
	Why        string    `json:"why"`
	Duration   float64   `json:"duration"` // in milliseconds
}
