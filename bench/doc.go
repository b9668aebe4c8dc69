// Package bench holds skein's rivals side by side.
package bench
