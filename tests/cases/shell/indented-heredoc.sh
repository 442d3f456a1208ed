    cat <<EOF > f
    kind: Pod
    EOF
    echo after
