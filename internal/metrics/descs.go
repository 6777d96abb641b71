package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
)

// descs describes every series of the collector.
type descs struct {
	extras, incidents              *prometheus.Desc
	extrasRate, categoryExtrasRate *prometheus.Desc
	requests, durations, codeInfo  *prometheus.Desc

	lines, records, vetoed, unlisted, timesOutOfRange *prometheus.Desc
	late                                              *prometheus.Desc
	withoutCode, bounded, labelOverflow               *prometheus.Desc

	files, lag, catchingUp, rotations, truncations *prometheus.Desc
	lostBytes, lostFiles, overlong                 *prometheus.Desc
	openErrors, lastRead, unsaved                  *prometheus.Desc
}

func newDescs(labels []string) descs {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	code := append(codeLabels(), labels...)
	return descs{
		extras:             desc("drm_extras_total", "Log records that report a DRM licence-server code.", code...),
		incidents:          desc("drm_incidents_total", "Reported codes after joining records with the same correlation id within 10 s.", code...),
		extrasRate:         desc("drm_extras_per_second", "Records per second that report a code, averaged over a window of event time.", "category", "code", "drm", "source", "window"),
		categoryExtrasRate: desc("drm_category_extras_per_second", "Records per second that report a code of the category, averaged over a window of event time.", "category", "drm", "source", "window"),
		requests:           desc("drm_licence_requests_total", "Licence requests in access logs, by how they ended.", "drm", "outcome", "source"),
		durations:          desc("drm_licence_request_duration_seconds", "How long licence requests took, where access logs say so.", "drm", "outcome", "source"),
		codeInfo:           desc("drm_code_info", "What a code means.", "category", "code", "description", "drm", "outcome", "owner", "severity"),

		lines:           desc("wvwatch_lines_total", "Physical lines read.", "source"),
		records:         desc("wvwatch_records_total", "Log records read; a record may span lines.", "source"),
		vetoed:          desc("wvwatch_vetoed_total", "Numbers that stood where a code could stand, but are none.", "reason", "source"),
		unlisted:        desc("wvwatch_unlisted_total", "Records that report a code which is in no table.", "drm", "source"),
		timesOutOfRange: desc("wvwatch_times_out_of_range_total", "Times more than a minute ahead of the clock, or before 2000; they counted as now.", "source"),
		late:            desc("wvwatch_late_records_total", "Codes and licence requests that were read after the detectors had judged their time; up to an hour late, they count in the present step.", "source"),
		withoutCode:     desc("wvwatch_records_without_code_total", "Records that speak of a licence failure, but name no code.", "reason", "source"),
		bounded:         desc("wvwatch_bounded_total", "Records of which a part was not read, because a bound was reached.", "bound", "source"),
		labelOverflow:   desc("wvwatch_label_overflow_total", "Records counted under the value other because the label has too many values.", "label"),

		files:       desc("wvwatch_files_followed", "Files followed now.", "source"),
		lag:         desc("wvwatch_lag_bytes", "Bytes written to the files, but not yet counted.", "source"),
		catchingUp:  desc("wvwatch_catching_up", "1 while a backlog is being read, else 0.", "source"),
		rotations:   desc("wvwatch_rotations_total", "Rotations seen.", "source"),
		truncations: desc("wvwatch_truncations_total", "Truncations seen.", "source"),
		lostBytes:   desc("wvwatch_lost_bytes_total", "Bytes known to be gone before they were read.", "source"),
		lostFiles:   desc("wvwatch_lost_files_total", "Files of an earlier run that were not found again.", "source"),
		overlong:    desc("wvwatch_overlong_lines_total", "Lines skipped because they are too long.", "source"),
		openErrors:  desc("wvwatch_open_errors_total", "Failed attempts to open or read a file.", "source"),
		lastRead:    desc("wvwatch_last_read_timestamp_seconds", "When the last byte was read; 0 for never.", "source"),
		unsaved:     desc("wvwatch_unsaved_lines", "Lines in the exported counts that are in no checkpoint, because it cannot be written. A restart now makes counters go back by what these lines count."),
	}
}

// codeLabels are the labels of every series of codes; the free ones come behind.
func codeLabels() []string { return []string{"category", "code", "drm", "severity", "source"} }

// all returns every description.
func (d *descs) all() []*prometheus.Desc {
	return []*prometheus.Desc{
		d.extras, d.incidents, d.extrasRate, d.categoryExtrasRate, d.requests, d.durations, d.codeInfo,
		d.lines, d.records, d.vetoed, d.unlisted, d.timesOutOfRange, d.late, d.withoutCode, d.bounded, d.labelOverflow,
		d.files, d.lag, d.catchingUp, d.rotations, d.truncations, d.lostBytes, d.lostFiles, d.overlong, d.openErrors, d.lastRead, d.unsaved,
	}
}
