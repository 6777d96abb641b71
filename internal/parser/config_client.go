package parser

import (
	"fmt"

	"wvwatch/internal/fault"
	"wvwatch/internal/parser/evaluate"
	"wvwatch/internal/parser/lex"
)

// compileClient compiles the position of the client in c.
func (f *format) compileClient(c Config, errs *fault.List) {
	if c.Client == "" {
		return
	}
	l := evaluate.Label{Path: lex.PlainPath(c.Client), Key: c.Client + "="}
	switch {
	case f.read.Regex != nil:
		group := f.read.Regex.SubexpIndex(c.Client)
		if group < 0 {
			errs.AddFix("client", fmt.Sprintf("add (?P<%s>...) to it", c.Client), "the source's regex has no group named %q", c.Client)
			return
		}
		l = evaluate.Label{Regex: f.read.Regex, Group: group}
	case c.Format == "json":
		l.Key = ""
	case c.Format == "logfmt":
		l.Path = ""
	}
	if err := lex.CheckPath(c.Client); l.Path != "" && err != nil {
		errs.Add("client", "%q: %v", c.Client, err)
	}
	f.evaluate.Client = &l
}
