-- What keeps somebody from signing, in one place for the list of what waits and for the act.

-- Whether this person keyed the request, or what completes it, in.
create function keyed_in(request uuid, person uuid) returns boolean language sql stable as $$
    select exists (select from requests where request_id = request and keyed_in_by = person)
        or exists (select from rounds where request_id = request and keyed_in_by = person)
$$;

-- In a bundle the e-mail update is signed first: the reprint speaks of its result.
create function sibling_comes_first(request uuid) returns boolean language sql stable as $$
    select exists (
        select from requests as own join requests as sibling on sibling.bundle_id = own.bundle_id
        where own.request_id = request and own.kind = 'reprint' and sibling.kind = 'update_email'
          and sibling.state in ('received', 'examining', 'drafted', 'incomplete'))
$$;
