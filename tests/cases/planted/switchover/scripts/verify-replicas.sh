# Prints the state of each replica.  Reads only.
psql -h db1 -Atc 'select application_name, state from pg_stat_replication'
