package resource

// UsagePlan says which stages the keys of the plan may use, how fast and how much.
type UsagePlan struct {
	ApiStages   []ApiStage        `json:"apiStages"`
	Description string            `json:"description,omitempty"`
	Id          string            `json:"id,omitempty"`
	Name        string            `json:"name,omitempty"`
	ProductCode string            `json:"productCode,omitempty"`
	Quota       *QuotaSettings    `json:"quota,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
	Throttle    *ThrottleSettings `json:"throttle,omitempty"`
}

// ApiStage is a stage that a plan opens, with throttles by "{path}/{method}" or route key.
type ApiStage struct {
	ApiId    string                      `json:"apiId,omitempty"`
	Stage    string                      `json:"stage,omitempty"`
	Throttle map[string]ThrottleSettings `json:"throttle,omitempty"`
}

// QuotaSettings allow Limit requests per Period (DAY, WEEK or MONTH); Offset is taken off the first period.
type QuotaSettings struct {
	Limit  int32  `json:"limit"`
	Offset int32  `json:"offset"`
	Period string `json:"period,omitempty"`
}

// ThrottleSettings are requests per second and the burst above it.
type ThrottleSettings struct {
	BurstLimit int32   `json:"burstLimit"`
	RateLimit  float64 `json:"rateLimit"`
}

// UsagePlanKey is a key that belongs to a plan.
type UsagePlanKey struct {
	Id    string `json:"id,omitempty"`
	Name  string `json:"name,omitempty"`
	Type  string `json:"type,omitempty"`
	Value string `json:"value,omitempty"`
}

// Validate holds a plan to what its numbers may be.
func (p *UsagePlan) Validate() error {
	if p.Name == "" {
		return bad("Usage Plan name cannot be blank")
	}
	if t := p.Throttle; t != nil && (t.BurstLimit < 0 || t.RateLimit < 0) {
		return bad("Invalid throttle settings: the rate and burst limits must not be negative")
	}
	if q := p.Quota; q != nil {
		if q.Limit < 0 || q.Offset < 0 || q.Offset > q.Limit {
			return bad("Invalid quota settings: the offset must be between 0 and the limit")
		}
		if err := oneOf("quota.period", q.Period, "DAY", "WEEK", "MONTH"); err != nil {
			return err
		}
	}
	return ValidateTags(p.Tags)
}
