create table gpkg_contents (table_name text primary key, data_type text not null, identifier text, srs_id integer);
create table gpkg_geometry_columns (table_name text not null, column_name text not null, geometry_type_name text, srs_id integer, z integer, m integer);
create table gpkg_spatial_ref_sys (srs_name text, srs_id integer primary key, organization text, organization_coordsys_id integer, definition text);
insert into gpkg_spatial_ref_sys values ('WGS 84', 4326, 'EPSG', 4326, ''), ('CGCS2000', 4490, 'EPSG', 4490, ''), ('Mercator', 3857, 'EPSG', 3857, '');
create table "网格" (fid integer primary key, geom blob, code text, name text, size real);
create table parts (fid integer primary key, geom blob, code text, name text);
create table notes (fid integer primary key, words text);
insert into gpkg_contents values ('网格', 'features', 'grids', 4326), ('parts', 'features', 'parts', 4326), ('notes', 'attributes', 'notes', null);
insert into gpkg_geometry_columns values ('网格', 'geom', 'POLYGON', 4326, 0, 0), ('parts', 'geom', 'POINT', 4326, 0, 0);
