package member

import "github.com/spf13/pflag"

// Top is the command line of skein top --on, which skein top explains.
type Top struct {
	On   string
	JSON bool
}

// Set tells pflag what there is.
func (f *Top) Set() *pflag.FlagSet {
	set := newSet("top")
	set.StringVar(&f.On, "on", "", "")
	set.BoolVar(&f.JSON, "json", false, "")
	return set
}
