//go:build !linux || !amd64 || skein_portable

package spawn

func start(path string, argv []string, o *Options) (int, error) { return forkExec(path, argv, o) }

// IsQuick reports whether Start does not use ForkExec.
func IsQuick() bool { return false }
