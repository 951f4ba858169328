#!/bin/sh
# Runs once, when the PostgreSQL container makes its cluster: one database and owner for the product, two databases and
# one owner for Temporal. Neither owner is a superuser; the product's may make the other roles of the product.
# The passwords stay in the environment: everybody on the machine can read a process's arguments.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
\getenv product DATABASE_OWNER_PASSWORD
\getenv temporal TEMPORAL_DATABASE_PASSWORD
create role hostwright_owner login createrole password :'product';
create database hostwright owner hostwright_owner;
revoke connect on database hostwright from public;
grant connect on database hostwright to hostwright_owner with grant option;
create role temporal login password :'temporal';
create database temporal owner temporal;
create database temporal_visibility owner temporal;
revoke connect on database temporal, temporal_visibility from public;
SQL
