package alert

import (
	"fmt"
	"strings"

	"wvwatch/internal/codes"
)

// promSummary is the template of a sentence for people: the rule, the group,
// what $value is, and which codes. Prometheus fills it in, with queries of what
// is recorded.
func (p *promWriter) promSummary(r *rule, cat *codes.Catalogue) string {
	name := r.Name
	if r.grouped() {
		name += fmt.Sprintf(`{{ with $labels.%[1]s }}, %[1]s {{ . }}{{ end }}`, r.by())
	}
	return name + ": " + p.promCondition(r) + p.promCodes(r, cat)
}

// promCondition is the part of the sentence that is about the condition.
func (p *promWriter) promCondition(r *rule) string {
	w := r.When
	switch {
	case asksThresholdOrSpike(w):
		return fmt.Sprintf(`at least %s incidents a minute over %s, or more than normal`, number(w.PerMinute), span(w.Over)) + p.promClients(r)
	case w.PerMinute != 0:
		return fmt.Sprintf(`{{ $value | printf "%%.1f" }} incidents a minute over %s, fires at %s`, span(w.Over), number(w.PerMinute))
	case w.ShareOfRequests != 0:
		return fmt.Sprintf(`{{ $value | humanizePercentage }} of the licence requests over %s, fires at %s`, span(w.Over), percent(w.ShareOfRequests))
	case w.Gateway != nil:
		return "no answer from a licence server (502, 503, 504 of the proxy)" + p.promClients(r)
	case w.Spike != nil:
		return "more than normal" + p.promClients(r)
	case w.Collapse:
		return "players ask for less than half of the usual licences" + promDaemons(fmt.Sprintf("count(drm_spike_evidence{alert=%q} >= %s)", r.Name, number(w.evidence())), "")
	case w.Drift != nil:
		return `the last 24 hours have {{ $value | printf "%.1f" }} times the failures per play of the four weeks before`
	case w.Unlisted:
		return fmt.Sprintf(`{{ $value | printf "%%.0f" }} incidents in %s of codes that are in no table`, span(w.Over))
	case w.FirstSeen != 0:
		return fmt.Sprintf(`{{ $labels.drm }} {{ $labels.code }} was not seen for %s before, {{ $value | printf "%%.0f" }} incidents in %s`, span(w.FirstSeen), span(w.Over))
	case w.Silent != 0:
		return fmt.Sprintf(`{{ with $labels.source }}no line from {{ . }} on {{ $value }} %s{{ else }}no licence granted{{ end }} for %s, where there usually are`,
			`{{ if eq $value 1.0 }}instance{{ else }}instances{{ end }}`, span(w.Silent))
	}
	return `failed licences use up the error budget {{ $value | printf "%.1f" }} times too fast`
}

// promClients gives how many clients a rule on spikes counts, how many are normal,
// which share of the plays they are, and on how many daemons.
func (p *promWriter) promClients(r *rule) string {
	selector, args := promSelector(r)
	over := span(fleetPageOver)
	query := func(format, expr string) string {
		return fmt.Sprintf("{{ range query (printf `%s`%s) }}%s{{ end }}", expr, args, format)
	}
	sum := func(record string) string { return fmt.Sprintf("sum(%s:increase%s{%s})", record, over, selector) }
	affected := sum("drm:rule_affected_clients")
	return query(fmt.Sprintf(`: {{ .Value | printf "%%.0f" }} clients in %s`, over), affected) +
		query(` where {{ .Value | printf "%.1f" }} are normal`, sum("drm:rule_expected_clients")) +
		query(`, {{ .Value | humanizePercentage }} of plays`, fmt.Sprintf("%s / (%s > 0)", affected, sum("drm:rule_plays"))) +
		promDaemons(fmt.Sprintf("count(sum by (job, instance) (increase(drm_rule_affected_clients_total{%s}[%s])) > 0)", selector, over), args)
}

// promDaemons gives on how many daemons of a fleet something holds. A single
// daemon is not mentioned. A daemon that has nothing to do with the rule has no
// series of it, so that all daemons are counted by another one.
func promDaemons(count, args string) string {
	return fmt.Sprintf("{{ range query `count(wvwatch_build_info) > 1` }}{{ $fleet := .Value }}{{ range query (printf `%s`%s) }}, on {{ .Value }} of {{ $fleet }} daemons{{ end }}{{ end }}", count, args)
}

// promSelector selects the series of a rule, and of its group: as a format, and
// the argument it takes.
func promSelector(r *rule) (selector, args string) {
	selector = fmt.Sprintf("alert=%q", r.Name)
	if r.grouped() {
		return selector + "," + r.by() + "=%[1]q", " $labels." + r.by()
	}
	return selector, ""
}

// promCodes lists the five most frequent codes of a rule with their meaning. A rule
// that a detector judges needs no incidents recorded: they are read when it fires,
// since those of all codes on 500 daemons are 48,500 series.
func (p *promWriter) promCodes(r *rule, cat *codes.Catalogue) string {
	if r.kind.codeless || r.When.FirstSeen != 0 {
		return ""
	}
	var wanted func(codes.Entry) bool
	switch {
	case r.When.Unlisted:
		wanted = func(e codes.Entry) bool { return !e.Listed }
	case r.When.BurnRate != nil:
		wanted = isFault
	}
	counted := func(matchers string) string {
		return p.increase("drm:incidents", incidentsCounter, r.When.Over) + "{" + matchers + "}"
	}
	if r.When.detected() && r.When.PerMinute == 0 {
		counted = func(matchers string) string {
			return fmt.Sprintf("increase(%s{%s}[%s])", incidentsCounter, matchers, span(r.When.Over))
		}
	}
	var selected []string
	args := ""
	for _, m := range matchers(r, cat, wanted) {
		if r.grouped() {
			m = join(m, r.by()+"=%[1]q")
			args = " $labels." + r.by()
		}
		selected = append(selected, counted(m))
	}
	top := "topk(5, sum by (drm, code) (" + strings.Join(selected, " or ") + ") > 0)"
	expr := fmt.Sprintf("sort_desc(%[1]s * on (drm, code) group_left (description) max by (drm, code, description) (drm_code_info{%[2]s}) or on (drm, code) %[1]s)", top, oneOf("category", r.Match.Categories))
	return fmt.Sprintf("{{ range query (printf `%s`%s) }}; {{ .Value | printf \"%%.0f\" }} x {{ .Labels.drm }} {{ .Labels.code }}{{ with .Labels.description }} {{ . }}{{ end }}{{ end }}", expr, args)
}

// promDescription is the template of the longer text.
func (p *promWriter) promDescription(r *rule) string {
	text := promMeaning(r.When) + promWhere(r)
	if !r.grouped() {
		return text
	}
	return fmt.Sprintf(`{{ with $labels.%[1]s }}Of %[1]s {{ . }}. {{ end }}`, r.by()) + text
}

// promWhere names the three instances that have most of it.
func promWhere(r *rule) string {
	selector, args := promSelector(r)
	switch w := r.When; {
	case w.risen() != nil && w.Drift == nil:
		return fmt.Sprintf("{{ range $i, $on := query (printf `sort_desc(topk(3, sum by (instance) (increase(drm_rule_affected_clients_total{%s}[%s])) > 0))`%s) }}%s{{ end }}",
			selector, span(fleetPageOver), args,
			`{{ if eq $i 0 }} Most clients: {{ else }}, {{ end }}{{ .Labels.instance }} {{ .Value | printf "%.0f" }}`)
	case w.Silent != 0:
		return fmt.Sprintf("{{ with $labels.source }}{{ range $i, $on := query (printf `sort_desc(topk(5, %s))` .) }}%s{{ end }}{{ end }}",
			silentInstances(w, "source=%[1]q"), `{{ if eq $i 0 }} Silent: {{ else }}, {{ end }}{{ .Labels.instance }}`)
	}
	return ""
}

// promMeaning explains $value.
func promMeaning(w When) string {
	const all = " Prometheus judged the sum of all daemons."
	switch {
	case asksThresholdOrSpike(w):
		return fmt.Sprintf("The value is incidents per minute over %s (fires at %s), or how sure it is that there are more than normal.", span(w.Over), number(w.PerMinute)) + all
	case w.PerMinute != 0:
		return fmt.Sprintf("The value is incidents per minute over %s; fires at %s.", span(w.Over), number(w.PerMinute)) + all
	case w.ShareOfRequests != 0:
		return fmt.Sprintf("The value is the part of the licence requests over %s; fires at %s.", span(w.Over), number(w.ShareOfRequests)) + all
	case w.Collapse:
		return "The value is how sure it is that players do not ask; each daemon's page shows its own." + all
	case w.Drift != nil:
		return "The value is the failures per play of the last 24 hours, divided by those of the four weeks before." + all
	case w.risen() != nil && w.risen().pages():
		return "The value is how sure it is that there are more than normal; plays lost are worth at least 10 s of a total outage." + all
	case w.risen() != nil:
		return "The value is how sure it is that there are more than normal; each daemon's page shows its own." + all
	case w.Unlisted:
		return "The value is incidents of codes that are in no table." + all
	case w.FirstSeen != 0:
		return fmt.Sprintf("The value is incidents of a code that was not seen for %s.", span(w.FirstSeen)) + all
	case w.Silent != 0:
		return fmt.Sprintf("No line, or no granted licence on any daemon, for %s.", span(w.Silent))
	}
	return "The value is how many times too fast failed licences use up the error budget, over the longer window." + all
}
