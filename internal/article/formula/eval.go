package formula

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/roofserve/roofserve/internal/names"
)

// Scope is what an expression may refer to.
type Scope struct {
	Names     map[string]any // numbers (float64) and strings
	Functions map[string]Function
}

// Function computes a number from arguments that are numbers (float64) or strings.
type Function struct {
	Parameters []string // their names, for messages; their number is checked before a call
	Compute    func(arguments []any) (float64, error)
}

// Eval is the value of an expression, which must be a finite number.
func Eval(text string, scope Scope) (float64, error) {
	tree, err := parser.ParseExpr(text)
	if err != nil {
		return 0, fmt.Errorf("%s: is no expression: %w", text, err)
	}
	v, err := scope.number(tree)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", text, err)
	}
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, fmt.Errorf("%s: is no finite number", text)
	}
	return v, nil
}

func (s Scope) number(e ast.Expr) (float64, error) {
	v, err := s.value(e)
	if err != nil {
		return 0, err
	}
	n, ok := v.(float64)
	if !ok {
		return 0, fmt.Errorf("%q is not a number", v)
	}
	return n, nil
}

// value is what one node of the tree stands for.
func (s Scope) value(e ast.Expr) (any, error) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return strconv.Unquote(e.Value)
		}
		return strconv.ParseFloat(e.Value, 64)
	case *ast.ParenExpr:
		return s.value(e.X)
	case *ast.BinaryExpr:
		return s.binary(e)
	case *ast.Ident:
		if v, ok := s.Names[e.Name]; ok {
			return v, nil
		}
		return nil, fmt.Errorf("unknown name %s; %s", e.Name, names.Suggest(e.Name, slices.Sorted(maps.Keys(s.Names))))
	case *ast.CallExpr:
		return s.call(e)
	default:
		return nil, fmt.Errorf("%T has no place in a formula", e)
	}
}

func (s Scope) binary(e *ast.BinaryExpr) (any, error) {
	a, err := s.number(e.X)
	if err != nil {
		return nil, err
	}
	b, err := s.number(e.Y)
	if err != nil {
		return nil, err
	}
	switch e.Op {
	case token.ADD:
		return a + b, nil
	case token.SUB:
		return a - b, nil
	case token.MUL:
		return float64(a * b), nil
	case token.QUO:
		return a / b, nil
	default:
		return nil, fmt.Errorf("operator %s has no place in a formula", e.Op)
	}
}

func (s Scope) call(e *ast.CallExpr) (any, error) {
	name, ok := e.Fun.(*ast.Ident)
	if !ok {
		return nil, fmt.Errorf("only named functions can be called")
	}
	f, ok := s.Functions[name.Name]
	if !ok {
		return nil, fmt.Errorf("unknown function %s; %s", name.Name, names.Suggest(name.Name, slices.Sorted(maps.Keys(s.Functions))))
	}
	if len(e.Args) != len(f.Parameters) {
		return nil, fmt.Errorf("%s takes %d arguments %v, not %d", name.Name, len(f.Parameters), f.Parameters, len(e.Args))
	}
	arguments := make([]any, len(e.Args))
	for i, arg := range e.Args {
		v, err := s.value(arg)
		if err != nil {
			return nil, err
		}
		arguments[i] = v
	}
	return f.Compute(arguments)
}
