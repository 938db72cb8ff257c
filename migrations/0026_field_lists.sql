-- Lists of crews and keepers are put together from ordered walks, one for each reason why a case is on them.
create index cases_of_crew on cases (crew_id, due_order_at, id) where crew_id is not null and is_open = 1;
create index cases_without_crew on cases (department_id, due_order_at, id) where crew_id is null and stage = 'dispatched';
create index cases_to_check on cases (due_order_at, id) where keeper_id is null and stage = 'awaiting-check';
create index cases_to_verify on cases (due_order_at, id) where keeper_id is null and stage = 'verifying';
