package resource

import "time"

// PeriodStart is when the period of a quota began in which at lies: DAY, WEEK or MONTH; any
// other word is a day.
// Assumed: weeks begin on Monday; days, weeks and months begin at midnight UTC.
func PeriodStart(period string, at time.Time) time.Time {
	at = at.UTC()
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	switch period {
	case "WEEK":
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case "MONTH":
		return day.AddDate(0, 0, 1-day.Day())
	}
	return day
}

// PeriodEnd is when the period ends that began at start.
func PeriodEnd(period string, start time.Time) time.Time {
	switch period {
	case "WEEK":
		return start.AddDate(0, 0, 7)
	case "MONTH":
		return start.AddDate(0, 1, 0)
	}
	return start.AddDate(0, 0, 1)
}
