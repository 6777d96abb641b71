package metrics

import (
	"cmp"
	"slices"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/series"
	"wvwatch/internal/tailer"
)

// family is a row of the table of families.
type family struct {
	series.Family
	free  bool // its labels are those of a code and the configured ones
	write func(*scrape)
}

// families is the table of all that the collector exports.
func families() []family {
	row := func(group series.Group, kind series.Kind, name, help string, write func(*scrape), labels ...string) family {
		return family{Family: series.Family{Group: group, Name: name, Kind: kind, Help: help, Labels: labels}, write: write}
	}
	// What is counted of each source.
	read := func(group series.Group, name, help string, count func(*sourceCounts) uint64) family {
		return row(group, series.Counter, name, help, eachSourceCount(count), "source")
	}
	// What the tailer knows of the files of each source.
	file := func(kind series.Kind, name, help string, value func(*tailer.SourceStats) float64) family {
		return row(series.Sources, kind, name, help, eachFile(value), "source")
	}
	list := []family{
		row(series.Codes, series.Counter, "drm_extras_total", "Log records that report a code.",
			eachCode(func(c *codeSeries) uint64 { return c.occurrences })),
		row(series.Codes, series.Counter, "drm_incidents_total", "Reported codes, once for a correlation id.",
			eachCode(func(c *codeSeries) uint64 { return c.incidents })),
		row(series.Codes, series.Gauge, "drm_code_info", "What a code means.", writeInfo, "category", "code", "description", "drm", "outcome", "owner", "severity"),
		row(series.Rates, series.Gauge, "drm_extras_per_second", "Records per second that report a code, over a window.",
			writeCodeRates, "category", "code", "drm", "source", "window"),
		row(series.Rates, series.Gauge, "drm_category_extras_per_second", "Records per second that report a code of the category, over a window.",
			writeCategoryRates, "category", "drm", "source", "window"),
		row(series.Requests, series.Counter, "drm_licence_requests_total", "Licence requests by how they ended.", writeRequests, "drm", "outcome", "source"),
		row(series.Requests, series.Histogram, "drm_licence_request_duration_seconds", "How long licence requests took, where access logs say so.",
			writeDurations, "drm", "outcome", "source"),

		read(series.Sources, "wvwatch_lines_total", "Physical lines read.", func(t *sourceCounts) uint64 { return t.lines }),
		read(series.Sources, "wvwatch_records_total", "Log records read.", func(t *sourceCounts) uint64 { return t.records }),
		row(series.Ignored, series.Counter, "wvwatch_vetoed_total", "Numbers in the place of a code that are none.", writeIgnored, "reason", "source"),
		row(series.Ignored, series.Counter, "wvwatch_unlisted_total", "Records that report a code which is in no table.", writeUnlisted, "drm", "source"),
		read(series.Ignored, "wvwatch_times_out_of_range_total", "Times in the future or before 2000; they counted as now.", func(t *sourceCounts) uint64 { return t.outOfRange }),
		read(series.Ignored, "wvwatch_late_records_total", "Codes and requests that came late for detectors.",
			func(t *sourceCounts) uint64 { return t.late }),
		row(series.Ignored, series.Counter, "wvwatch_records_without_code_total", "Records of a licence failure that name no code.", writeWithoutCode, "reason", "source"),
		row(series.Ignored, series.Counter, "wvwatch_bounded_total", "Records not read to their end.", writeBounded, "bound", "source"),
		row(series.Ignored, series.Counter, "wvwatch_label_overflow_total", "Records counted under the label value other.", writeOverflow, "label"),

		file(series.Gauge, "wvwatch_files_followed", "Files followed now.", func(t *tailer.SourceStats) float64 { return float64(t.Files) }),
		file(series.Gauge, "wvwatch_lag_bytes", "Bytes written to the files, but not yet counted.", func(t *tailer.SourceStats) float64 { return float64(t.LagBytes) }),
		file(series.Gauge, "wvwatch_catching_up", "1 while a backlog is being read, else 0.", func(t *tailer.SourceStats) float64 { return truth(t.CatchingUp) }),
		file(series.Gauge, "wvwatch_last_read_timestamp_seconds", "When the last byte was read; 0 for never.", func(t *tailer.SourceStats) float64 { return float64(t.LastReadNanos) / 1e9 }),
		file(series.Counter, "wvwatch_rotations_total", "Rotations seen.", func(t *tailer.SourceStats) float64 { return float64(t.Rotations) }),
		file(series.Counter, "wvwatch_truncations_total", "Truncations seen.", func(t *tailer.SourceStats) float64 { return float64(t.Truncations) }),
		file(series.Counter, "wvwatch_lost_bytes_total", "Bytes that were gone before they were read.", func(t *tailer.SourceStats) float64 { return float64(t.LostBytes) }),
		file(series.Counter, "wvwatch_lost_files_total", "Files of an earlier run that are gone.", func(t *tailer.SourceStats) float64 { return float64(t.LostFiles) }),
		file(series.Counter, "wvwatch_overlong_lines_total", "Lines skipped because they are too long.", func(t *tailer.SourceStats) float64 { return float64(t.OverlongLines) }),
		file(series.Counter, "wvwatch_open_errors_total", "Failures to open or read a file.", func(t *tailer.SourceStats) float64 { return float64(t.OpenErrors) }),
		row(series.Daemon, series.Gauge, "wvwatch_unsaved_lines",
			"Counted lines that are in no checkpoint.", writeUnsaved),
	}
	list[0].free, list[1].free = true, true
	return list
}

// labelOrder is the order of a code's labels: by name.
type labelOrder struct {
	names []string
	from  []int // places in category, code, drm, severity, source and then the configured labels
}

func newLabelOrder(free []string) labelOrder {
	all := append([]string{"category", "code", "drm", "severity", "source"}, free...)
	o := labelOrder{from: make([]int, len(all))}
	for i := range all {
		o.from[i] = i
	}
	slices.SortFunc(o.from, func(a, b int) int { return cmp.Compare(all[a], all[b]) })
	for _, i := range o.from {
		o.names = append(o.names, all[i])
	}
	return o
}

// eachCode writes a count of each code that is exported.
func eachCode(count func(*codeSeries) uint64) func(*scrape) {
	return func(s *scrape) {
		all, sorted := make([]string, len(s.order.from)), make([]string, len(s.order.from))
		for _, v := range s.Snapshot.sources {
			all[4] = v.name
			for i := range v.series.n {
				c := v.series.at(i)
				since, created, exported := v.exported(i)
				if !exported {
					continue
				}
				all[0], all[1], all[2], all[3] = c.entry.Category, c.code, c.drm, c.entry.Severity
				for k := range all[5:] {
					all[5+k] = c.value(k)
				}
				for k, from := range s.order.from {
					sorted[k] = all[from]
				}
				s.to.Add(float64(s.show(count(c), since)), created, sorted...)
			}
		}
	}
}

// writeInfo explains the codes that are exported.
func writeInfo(s *scrape) {
	explained := make(map[codeKey]bool)
	for _, v := range s.Snapshot.sources {
		for i := range v.series.n {
			c := v.series.at(i)
			e := &c.entry
			if i >= v.listed && c.index >= 0 { // a listed code by label values
				continue
			}
			key := codeKey{e.DRM, int32(e.Code)}
			if _, _, exported := v.exported(i); !exported || explained[key] {
				continue
			}
			explained[key] = true
			s.gauge(1, e.Category, c.code, e.Description, c.drm, e.Outcome, e.Owner, e.Severity)
		}
	}
}

// eachRequests calls f for the requests that are exported of a source and server.
func (s *scrape) eachRequests(f func(v *sourceSnapshot, drm string, r *requests, created int64)) {
	for _, v := range s.Snapshot.sources {
		for d := range v.requests {
			r, drm := &v.requests[d], codes.DRM(d)
			switch {
			case drm == codes.Widevine: // there from the beginning
				f(v, drm.String(), r, v.created)
			case r.created != 0:
				f(v, drm.String(), r, r.created)
			}
		}
	}
}

func writeRequests(s *scrape) {
	s.eachRequests(func(v *sourceSnapshot, drm string, r *requests, created int64) {
		for o := range parser.NumOutcomes {
			s.counter(s.show(r.outcomes[o].count, r.exposure), created, drm, o.String(), v.name)
		}
	})
}

func writeDurations(s *scrape) {
	s.eachRequests(func(v *sourceSnapshot, drm string, r *requests, created int64) {
		for o := range parser.NumOutcomes {
			if h := r.outcomes[o].durations; h != nil {
				s.to.AddHistogram(h.histogram(created), drm, o.String(), v.name)
			}
		}
	})
}

// eachTally writes a count of each source.
func eachSourceCount(count func(*sourceCounts) uint64) func(*scrape) {
	return func(s *scrape) {
		for _, v := range s.Snapshot.sources {
			s.counter(count(&v.counts), v.created, v.name)
		}
	}
}

func writeIgnored(s *scrape) {
	for _, v := range s.Snapshot.sources {
		for reason := range parser.NoEvidence { // that one is for parse --explain only
			s.counter(v.counts.vetoed[reason], v.created, reason.String(), v.name)
		}
	}
}

func writeWithoutCode(s *scrape) {
	for _, v := range s.Snapshot.sources {
		for reason, n := range v.counts.withoutCode {
			s.counter(n, v.created, parser.Missing(reason).String(), v.name)
		}
	}
}

func writeBounded(s *scrape) {
	for _, v := range s.Snapshot.sources {
		for bound, n := range v.counts.bounded {
			s.counter(n, v.created, parser.Bound(bound).String(), v.name)
		}
	}
}

func writeUnlisted(s *scrape) {
	for _, v := range s.Snapshot.sources {
		for d, n := range v.counts.unlisted {
			if since, created, exported := v.server(codes.DRM(d)); exported {
				s.counter(s.show(n, since), created, codes.DRM(d).String(), v.name)
			}
		}
	}
}

func writeOverflow(s *scrape) {
	s.counter(s.Snapshot.codeOverflow, 0, "code")
	for i, name := range s.Snapshot.config.Labels {
		s.counter(s.Snapshot.labelOverflow[i], 0, name)
	}
}

// eachFile writes a figure of the tailer of each source.
func eachFile(value func(*tailer.SourceStats) float64) func(*scrape) {
	return func(s *scrape) {
		if s.Files == nil {
			return
		}
		for _, v := range s.Snapshot.sources {
			t := s.Files[v.name]
			s.gauge(value(&t), v.name)
		}
	}
}

func writeUnsaved(s *scrape) {
	if s.Files != nil {
		s.gauge(float64(s.UnsavedLines))
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
