package health

// Broken is something of a configuration that will fail when a request reaches it.
type Broken struct {
	Integration string `json:"integrationId,omitempty"` // or none of them
	Response    string `json:"integrationResponseId,omitempty"`
	Key         string `json:"key,omitempty"` // of the template, model or response
	Line        int    `json:"line,omitempty"`
	Column      int    `json:"column,omitempty"`
	Message     string `json:"message"`
}

// Pulse is how an API is doing: what its exchanges were, second by second of the last
// minute with the present one last, and what each route has served since the process
// began, by stage and key.
type Pulse struct {
	Count  []int64 `json:"count"`
	Failed []int64 `json:"failed"`
	Routes []Route `json:"routes"`
}

// Route is how a route of a stage is doing. Backend and Authorizer are why those failed when
// they were asked last; "" when they did not, or were not asked.
type Route struct {
	Stage      string `json:"stage"`
	Key        string `json:"route"`
	Count      int64  `json:"count"`
	Failed     int64  `json:"failed"`
	Backend    string `json:"backend,omitempty"`
	Authorizer string `json:"authorizer,omitempty"`
}
