package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// Resident is a line of a process's status in MB: VmRSS is what it has in
// memory, VmHWM the most that it ever had.
func Resident(pid int, line string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := bytes.Cut(status, []byte("\n"+line+":"))
	if !ok {
		return 0, fmt.Errorf("process %d has no %s", pid, line)
	}
	kb, err := strconv.ParseFloat(string(bytes.Fields(rest)[0]), 64)
	return kb / 1024, err
}
