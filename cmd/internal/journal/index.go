package journal

import (
	"bytes"
	"os"
	"path/filepath"
)

// index prepares for inputs that may be there already: it notes, for each
// key, the tasks that have it, in their order.
func (a *ahead) index() error {
	if a.log.state.Inputs == 0 {
		return nil
	}
	keys, err := a.log.keys()
	if err != nil {
		return err
	}
	a.known, a.next = map[Key]int{}, make([]int, len(keys))
	for seq := len(keys) - 1; seq > 0; seq-- {
		if keys[seq] != (Key{}) {
			a.next[seq] = a.known[keys[seq]]
			a.known[keys[seq]] = seq
		}
	}
	return nil
}

// keys gives the key of each task whose input is there, by number.
func (l *Log) keys() (keys []Key, err error) {
	_, err = eachLine(filepath.Join(l.dir, inputsName), func(_ int, line []byte) error {
		if e, ok := parseEntry(line); ok && e.spec.Seq > 0 {
			for len(keys) <= e.spec.Seq {
				keys = append(keys, Key{})
			}
			keys[e.spec.Seq] = e.key
		}
		return nil
	})
	return keys, err
}

// dropInputs forgets the inputs, as every task has succeeded. In a journal
// that somebody asked for the keys stay, so that more inputs can be given to
// it.
func (l *Log) dropInputs() error {
	name := filepath.Join(l.dir, inputsName)
	if !l.o.Asked {
		return os.Remove(name)
	}
	keys, err := l.keys()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for seq, k := range keys {
		if k != (Key{}) {
			b.Write(seal(appendKey(nil, seq, k), 0))
		}
	}
	b.Write(appendMark(nil, "ended", l.state.Inputs))
	if err := os.WriteFile(name+".new", b.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}
