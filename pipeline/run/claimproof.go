package run

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"waybill/pipeline/claims"
	"waybill/pipeline/metric"
	"waybill/pipeline/rate"
	"waybill/reports"
)

// proofs are what the contract and the scans say of the parcels of a pack, by
// parcel: prices as the provider's card of the channel makes them, where there is one.
func (r *Runner) proofs(ctx context.Context, v View, packs []claims.Pack) (map[string]map[string]reports.DisputeProof, error) {
	type whose struct{ provider, shipment string }
	var list []whose
	var parcels, shipments [][]any
	out := map[string]map[string]reports.DisputeProof{}
	asked := map[string]bool{}
	for _, p := range packs {
		of := map[string]reports.DisputeProof{}
		out[p.Provider] = of
		for _, c := range p.Lines {
			if c.Shipment == "" {
				continue
			}
			if _, known := of[c.Shipment]; !known {
				of[c.Shipment] = reports.DisputeProof{}
				parcels = append(parcels, []any{int64(len(list)), p.Provider, c.Shipment})
				list = append(list, whose{p.Provider, c.Shipment})
			}
			if !asked[c.Shipment] {
				asked[c.Shipment] = true
				shipments = append(shipments, []any{c.Shipment})
			}
		}
	}
	if len(list) == 0 {
		return out, nil
	}
	cards, err := r.Cards()
	if err != nil {
		return nil, err
	}
	err = r.within(ctx, v, func(rd *Reader, _ metric.Input) error {
		err := errors.Join(
			rd.Engine.Exec(ctx, "create or replace table claim_parcels (shipment_id varchar)"),
			rd.Engine.Insert(ctx, "claim_parcels", shipments),
			rd.Engine.Exec(ctx, "create or replace table proof_parcels (parcel bigint, provider varchar, shipment_id varchar)"),
			rd.Engine.Insert(ctx, "proof_parcels", parcels))
		if err != nil {
			return err
		}
		scans := map[string][]reports.DisputeScan{}
		if err := r.each(ctx, rd, "cells/claim_scans.sql", func(scan func(...any) error) error {
			var id, node string
			var at time.Time
			err := scan(&id, &node, &at)
			scans[id] = append(scans[id], reports.DisputeScan{Node: node, At: at})
			return err
		}); err != nil {
			return fmt.Errorf("scans of claims: %w", err)
		}
		prices := map[string]rate.Price{}
		if len(cards.Cards) > 0 {
			rater := &rate.Rater{Engine: rd.Engine, Queries: r.Queries}
			err := rater.Install(ctx, cards.Cards, cards.Rows)
			for _, step := range []func(context.Context) error{
				func(ctx context.Context) error { return rater.Of(ctx, "proof_parcels", "shipments_as_of") },
				func(ctx context.Context) error {
					return rd.Engine.Exec(ctx, "create or replace table "+rate.Names+" as select parcel, cast(parcel as varchar) as name from proof_parcels")
				},
				rater.Explain,
			} {
				if err == nil {
					err = step(ctx)
				}
			}
			if err != nil {
				return err
			}
			priced, err := rater.Prices(ctx, len(list))
			if err != nil {
				return err
			}
			for _, p := range priced {
				prices[p.Parcel] = p
			}
		}
		for i, w := range list {
			out[w.provider][w.shipment] = reports.DisputeProof{Price: prices[strconv.Itoa(i)], Scans: scans[w.shipment]}
		}
		return nil
	})
	return out, err
}
