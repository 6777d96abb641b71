package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"wvwatch/deploy/prometheus"
	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/web"
)

// defaultRuleFile is the name under which generated tests look for the rules.
const defaultRuleFile = "wvwatch.rules.yaml"

func newRulesCmd() *cobra.Command {
	var configFile, format, ruleFile, runbooks string
	var tests, daemon bool
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "Write the alert rules as a rule file of Prometheus",
		Long: `Writes the alert rules as a rule file of Prometheus, or with --tests the unit tests
of that file for promtool.

No alert may come from both: the daemon judges every rule but those that say
"evaluate: prometheus", and those are what is written. Where none says so all are
written, and a comment above them says that the daemon judges them too: before
Prometheus loads the file, mark them in the configuration, or let the daemon send
no alerts.

Prometheus judges a fleet of daemons as one; a rule on spikes goes by the clients
that all daemons count, and by the evidence of each. Annotations of the configuration
are templates of the daemon's: the file has Prometheus's own in their place. Links to
runbooks begin with --runbooks, or with web.external_url of the configuration; without
both only rules with a runbook_url of their own have one.

--daemon writes the rules on the daemons instead: whether each is scraped, reads,
saves and delivers its alerts, and whether one of a fleet differs from the others.

--format config writes all rules as a configuration has them, to begin one with.`,
		Example: `  wvwatch rules --config /etc/wvwatch/config.yaml > wvwatch.rules.yaml
  wvwatch rules --tests > wvwatch.tests.yaml && promtool test rules wvwatch.tests.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("rules takes no file: is %q a configuration? Then write --config %s", args[0], args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if u, err := url.Parse(runbooks); runbooks != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
				return usageError{fmt.Errorf("--runbooks %q is no URL: write it as https://wvwatch.example.com/runbooks/", runbooks)}
			}
			cfg, err := ruleSetup(configFile)
			if err != nil {
				return err
			}
			cat, err := codes.Load(cfg.Codes)
			if err != nil {
				return err
			}
			var text []byte
			switch {
			case daemon && (tests || format != "prometheus"):
				return usageError{errors.New("--daemon is for Prometheus only: leave --tests and --format out")}
			case daemon:
				text = []byte(prometheus.DaemonRules(runbookBase(cfg, runbooks)))
			case format == "config" && !tests:
				text, err = configRules(cfg.Alerts)
			case format == "prometheus" && tests:
				rules, _ := rulesOfPrometheus(cfg.Alerts)
				text, err = alert.RulesTestsYAML(rules, cat, ruleFile, runbookBase(cfg, runbooks))
			case format == "prometheus":
				text, err = prometheusRules(cfg.Alerts, cat, runbookBase(cfg, runbooks))
			case tests:
				return usageError{fmt.Errorf("--tests are for promtool: there are none of format %q", format)}
			default:
				return usageError{fmt.Errorf("unknown format %q: one of prometheus, config", format)}
			}
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	cmd.Flags().StringVar(&configFile, "config", "", "the rules of this configuration file (default: the default rules)")
	cmd.Flags().StringVar(&format, "format", "prometheus", "prometheus, or config")
	cmd.Flags().StringVar(&runbooks, "runbooks", "", "`URL` under which people reach the runbooks (default: those that the daemon at web.external_url serves)")
	cmd.Flags().BoolVar(&daemon, "daemon", false, "write the rules on the daemons themselves instead")
	cmd.Flags().BoolVar(&tests, "tests", false, "write unit tests for promtool instead")
	cmd.Flags().StringVar(&ruleFile, "rule-file", defaultRuleFile, "with --tests: `FILE` that holds the rules, from where the tests stand")
	_ = cmd.MarkFlagFilename("config", "yaml", "yml") // fails only for a flag that does not exist
	return cmd
}

// rulesOfPrometheus returns the rules that Prometheus is to judge: those with
// evaluate: prometheus, or all where none has it.
func rulesOfPrometheus(rules []alert.RuleConfig) (chosen []alert.RuleConfig, marked bool) {
	for _, r := range rules {
		if r.Evaluate == "prometheus" {
			chosen = append(chosen, r)
		}
	}
	if len(chosen) > 0 {
		return chosen, true
	}
	return slices.Clone(rules), false
}

// runbookBase returns the URL under which the runbooks are: the one that was
// asked for, else where the daemon serves them; "" where that is not known.
func runbookBase(cfg *config.Config, asked string) string {
	if asked == "" && cfg.Web.ExternalURL != "" {
		return strings.TrimRight(cfg.Web.ExternalURL, "/") + web.RunbookPath
	}
	return asked
}

func prometheusRules(rules []alert.RuleConfig, cat *codes.Catalogue, runbooks string) ([]byte, error) {
	chosen, marked := rulesOfPrometheus(rules)
	text, err := alert.RulesYAML(chosen, cat, runbooks)
	if err != nil {
		return nil, err
	}
	head := "# The rules of wvwatch that say \"evaluate: prometheus\".\n"
	if !marked {
		head = `# All rules of wvwatch. The daemon judges them too, since none of them says
# "evaluate: prometheus": write that into them, or let the daemon send no alerts,
# before Prometheus loads this file.
`
	}
	return append([]byte(head), text...), nil
}

// configRules writes rules as the key alerts of a configuration.
func configRules(rules []alert.RuleConfig) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(map[string]any{"alerts": rules}); err != nil {
		return nil, fmt.Errorf("write rules: %w", err)
	}
	return b.Bytes(), e.Close()
}
