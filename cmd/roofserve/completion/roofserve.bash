# Completion of roofserve for bash: source <(roofserve completion bash)
_roofserve() {
    local IFS=$'\n'
    COMPREPLY=($(roofserve completion words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
    return 0
}
complete -o bashdefault -o default -F _roofserve roofserve
