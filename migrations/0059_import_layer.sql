-- Which layer of a GeoPackage was brought; empty for every other file, and for the only one.
alter table imports add column layer text not null default '';
